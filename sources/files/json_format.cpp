#include <weir/sources/files/json_format.hpp>

#include <algorithm>

#include <arrow/record_batch.h>

#include <weir/expressions/json.hpp>
#include <weir/sources/files/text_input.hpp>

namespace weir {
namespace {

constexpr std::int64_t batch_rows = 8192;
constexpr std::int64_t batch_bytes = std::int64_t{1} << 20;
/// A line is held whole until its end is found.
constexpr std::size_t most_line_bytes = std::size_t{64} << 20;

class json_file_reader final : public file_reader {
public:
  json_file_reader(std::unique_ptr<text_input> input, json_reader rows)
      : input_{std::move(input)}, rows_{std::move(rows)} {}

  std::int64_t position() const override { return input_->position(); }
  bool at_end() const override { return input_->at_end(); }
  std::int64_t bytes_read() const override { return input_->position() - begin_; }
  std::map<std::string, std::int64_t> counts() const override { return {{"malformedRecords", rows_.malformed()}}; }

  result<file_rows> next(std::int64_t max_rows) override {
    const auto begin = input_->position();
    const auto most = std::min(max_rows, batch_rows);
    auto begins = std::make_shared<std::vector<std::int64_t>>();
    while (!at_end() && rows_.rows() < most && input_->position() - begin < batch_bytes) {
      const auto text = input_->text();
      const auto feed = text.find('\n', scanned_);
      if (feed == std::string_view::npos && !input_->ended()) {
        if (text.size() > most_line_bytes)
          return input_->at({errc::line_too_long, "no line ends within 64 MiB"});
        scanned_ = text.size();
        WEIR_TRY(input_->refill());
        continue;
      }
      scanned_ = 0;
      const auto line = text.substr(0, feed);
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
        if (const auto added = rows_.append(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line); !added.ok())
          return input_->at(added);
        begins->resize(static_cast<std::size_t>(rows_.rows()), input_->position());
      }
      input_->take(feed == std::string_view::npos ? text.size() : feed + 1);
    }
    // Known at once whether the file ends here, so that its end is one position and not two.
    if (input_->text().empty() && !input_->ended())
      WEIR_TRY(input_->refill());
    if (rows_.rows() == 0)
      return file_rows{};
    return file_rows{rows_.finish_rows(),
                     [begins](std::int64_t row) { return (*begins)[static_cast<std::size_t>(row)]; }};
  }

private:
  std::unique_ptr<text_input> input_;
  json_reader rows_;
  std::int64_t begin_ = input_->position();
  std::size_t scanned_ = 0;  ///< bytes of the window that hold no line end
};

}  // namespace

open_table json_tables(json_options options) {
  return [options = std::move(options)](const std::string& path, std::int64_t begin, std::int64_t end,
                                        const schema& /*in_file*/,
                                        const schema& wanted) -> result<std::unique_ptr<file_reader>> {
    auto how = options;
    if (wanted.index_of(how.corrupt_record_column) < 0)
      how.corrupt_record_column.clear();
    WEIR_ASSIGN(auto rows, json_reader::make(wanted, std::move(how), json_shape::rows));
    WEIR_ASSIGN(auto input, text_input::open(path, begin, end));
    return std::unique_ptr<file_reader>{std::make_unique<json_file_reader>(std::move(input), std::move(rows))};
  };
}

result<schema> infer_json_files(const std::vector<std::string>& files, const json_options& options) {
  auto texts = std::vector<std::string>{};
  auto lines = std::vector<std::string_view>{};
  auto left = inferred_bytes;
  texts.reserve(files.size());  // the lines are views
  for (const auto& file : files) {
    WEIR_ASSIGN(auto text, beginning_of(file, left));
    left -= std::min(left, text.size());
    auto rest = std::string_view{texts.emplace_back(std::move(text))};
    while (!rest.empty()) {
      const auto feed = std::min(rest.find('\n'), rest.size());
      lines.push_back(rest.substr(0, feed));
      rest.remove_prefix(std::min(feed + 1, rest.size()));
    }
    if (left == 0)
      break;
  }
  return infer_json_schema(lines, options);
}

}  // namespace weir
