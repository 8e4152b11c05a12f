#include <weir/sources/files/line_format.hpp>

#include <cstring>

#include <arrow/record_batch.h>

#include <weir/sources/files/line_begins.hpp>
#include <weir/sources/files/text_input.hpp>

namespace weir {
namespace {

class line_reader final : public file_reader {
public:
  line_reader(std::unique_ptr<text_input> input, line_cutter::options lines)
      : input_{std::move(input)}, lines_{lines} {}

  std::int64_t position() const override { return input_->position(); }
  std::int64_t bytes_read() const override { return input_->position() - begin_; }
  bool at_end() const override { return input_->at_end(); }
  std::map<std::string, std::int64_t> counts() const override { return {{"replacedLines", lines_.replaced()}}; }

  result<file_rows> next(std::int64_t max_rows) override {
    const auto begin = input_->position();
    while (!at_end() && !lines_.full() && lines_.rows() < max_rows) {
      const auto text = input_->text();
      auto taken = std::size_t{0};
      if (scanned_ < text.size()) {
        const auto cut = lines_.cut(text, max_rows, scanned_);
        if (!cut.ok() && lines_.rows() == 0)
          return input_->at(cut.error());
        if (!cut.ok())
          break;  // the rows before it first; the next call meets it again
        taken = *cut;
      }
      input_->take(taken);
      scanned_ = 0;
      if (lines_.rows() >= max_rows || lines_.full())
        break;
      const auto rest = input_->text();
      if (taken > 0 && std::memchr(rest.data(), '\n', rest.size()) != nullptr)
        break;  // the next line does not fit into this batch
      if (!input_->ended()) {
        const auto size = rest.size();
        WEIR_TRY(input_->refill());
        scanned_ = size;
        continue;
      }
      if (!rest.empty()) {
        if (lines_.rows() > 0)
          break;
        if (auto added = lines_.add_line(rest); !added.ok())
          return input_->at(added);
        input_->take(rest.size());
      }
    }
    // Known at once whether the file ends here, so that its end is one position and not two.
    if (input_->text().empty() && !input_->ended())
      WEIR_TRY(input_->refill());
    if (lines_.rows() == 0)
      return file_rows{};
    auto rows = lines_.finish();
    if (!rows.ok())
      return input_->at(rows.error());
    auto begins = line_begins(**rows, begin, input_->position());
    return file_rows{std::move(*rows), std::move(begins)};
  }

private:
  std::unique_ptr<text_input> input_;
  line_cutter lines_;
  std::int64_t begin_ = input_->position();
  std::size_t scanned_ = 0;  ///< bytes of the window that hold no line end
};

class line_format final : public file_format {
public:
  explicit line_format(line_cutter::options lines) : lines_{lines} {}

  schema output() const override { return line_schema(); }
  result<std::unique_ptr<file_reader>> open(const std::string& path, std::int64_t begin,
                                            std::int64_t end) const override {
    WEIR_ASSIGN(auto input, text_input::open(path, begin, end));
    return std::unique_ptr<file_reader>{std::make_unique<line_reader>(std::move(input), lines_)};
  }

private:
  line_cutter::options lines_;
};

}  // namespace

std::unique_ptr<file_format> make_line_format(line_cutter::options lines) {
  return std::make_unique<line_format>(lines);
}

}  // namespace weir
