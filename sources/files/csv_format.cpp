#include <weir/sources/files/csv_format.hpp>

#include <algorithm>

#include <arrow/record_batch.h>

#include <weir/expressions/csv/lines.hpp>
#include <weir/expressions/csv/record.hpp>
#include <weir/sources/files/text_input.hpp>

namespace weir {
namespace {

constexpr std::int64_t batch_bytes = std::int64_t{1} << 20;

class csv_file_reader final : public file_reader {
public:
  csv_file_reader(std::unique_ptr<text_input> input, csv_reader rows, const csv_options& options)
      : input_{std::move(input)}, rows_{std::move(rows)}, options_{options}, form_{detail::form_of(options)} {}

  std::int64_t position() const override { return input_->position(); }
  bool at_end() const override { return input_->at_end(); }
  std::int64_t bytes_read() const override { return input_->position() - begin_; }
  std::map<std::string, std::int64_t> counts() const override { return {{"malformedRecords", rows_.malformed()}}; }

  result<file_rows> next(std::int64_t max_rows) override {
    const auto begin = input_->position();
    while (!at_end() && rows_.rows() < max_rows && !rows_.full() && input_->position() - begin < batch_bytes) {
      WEIR_ASSIGN(const auto taken, take(max_rows - rows_.rows()));
      if (taken > 0)
        continue;
      if (input_->ended())
        return input_->at({errc::internal, "a record at the end of the file is not taken"});
      WEIR_TRY(input_->refill());
    }
    // Known at once whether the file ends here, so that its end is one position and not two.
    if (input_->text().empty() && !input_->ended())
      WEIR_TRY(input_->refill());
    if (rows_.rows() == 0)
      return file_rows{};
    return file_rows{rows_.finish(), [begin](std::int64_t) { return begin; }};
  }

private:
  /// Takes records off the window: as many as a batch holds, or one by one where a cap may come before that. Gives
  /// the bytes; 0 when a whole record needs more text.
  result<std::size_t> take(std::int64_t max_rows) {
    auto text = input_->text();
    if (max_rows < csv_reader::batch_rows)
      text = text.substr(0, next_record(text));
    if (text.empty())
      return std::size_t{0};
    const auto taken = rows_.append(text, input_->ended() && text.size() == input_->text().size());
    if (!taken.ok())
      return input_->at(taken.error());
    input_->take(*taken);
    return taken;
  }
  /// The bytes of what is passed over and the record behind it; all of the text when it does not hold a whole one.
  std::size_t next_record(std::string_view text) {
    const auto passed = detail::passed_over(text, input_->ended(), options_);
    if (passed == text.size() ||
        record_.split(text.substr(passed), input_->ended(), form_) != detail::csv_record::outcome::whole)
      return text.size();
    return passed + record_.taken();
  }

  std::unique_ptr<text_input> input_;
  csv_reader rows_;
  csv_options options_;
  detail::csv_form form_;
  detail::csv_record record_;
  std::int64_t begin_ = input_->position();
};

}  // namespace

open_table csv_tables(csv_options options) {
  return [options = std::move(options)](const std::string& path, std::int64_t begin, std::int64_t end,
                                        const schema& in_file,
                                        const schema& /*wanted*/) -> result<std::unique_ptr<file_reader>> {
    auto how = options;
    how.header = how.header && begin == 0;
    WEIR_ASSIGN(auto rows, csv_reader::make(in_file, how));
    WEIR_ASSIGN(auto input, text_input::open(path, begin, end));
    return std::unique_ptr<file_reader>{std::make_unique<csv_file_reader>(std::move(input), std::move(rows), how)};
  };
}

result<schema> infer_csv_files(const std::vector<std::string>& files, const csv_options& options) {
  for (const auto& file : files) {
    WEIR_ASSIGN(const auto text, beginning_of(file, inferred_bytes));
    if (text.find_first_not_of(" \t\r\n") != std::string::npos)
      return infer_csv_schema(text, options);
  }
  return schema{};
}

}  // namespace weir
