#include <weir/sinks/lines.hpp>

#include <ostream>

#include <weir/columns/text.hpp>

namespace weir::sinks {

namespace {

class lines_sink : public row_sink {
public:
  lines_sink(std::ostream& out, line_format format)
      : out_{out}, format_{format == line_format::csv ? make_csv_formatter() : make_json_formatter()} {}

  status commit_rows(epoch_id /*epoch*/, std::span<const batch> rows) override {
    std::string text;
    for (const auto& one : rows) {
      format_->bind(one);
      for (std::int64_t row = 0; row < one.num_rows(); ++row)
        format_->append(row, text);
    }
    if (text.empty())
      return {};
    out_.write(text.data(), static_cast<std::streamsize>(text.size()));
    out_.flush();
    return out_.good() ? status{}
                       : status{errc::io_error, "the output stream refused " + std::to_string(text.size()) + " bytes"};
  }
  std::string description() const override { return "lines"; }

private:
  std::ostream& out_;
  std::unique_ptr<row_formatter> format_;
};

}  // namespace

result<std::unique_ptr<sink>> lines::open() const {
  if (out == nullptr)
    return status{errc::invalid_argument, "lines: out is null"};
  return std::unique_ptr<sink>{std::make_unique<lines_sink>(*out, format)};
}

}  // namespace weir::sinks
