#include <weir/sinks/console.hpp>

#include <algorithm>
#include <iostream>
#include <numeric>

#include <weir/columns/text.hpp>

namespace weir {

namespace {

/// The first `count` characters (code points).
std::string first_characters(const std::string& text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size() && count > 0) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U)
      ++at;
    --count;
  }
  return text.substr(0, at);
}

std::string cut(std::string text, std::size_t limit) {
  // A cell is one line of the table.
  for (std::size_t at = 0; (at = text.find_first_of("\n\r\t", at)) != std::string::npos; at += 2)
    text.replace(at, 1, text[at] == '\n' ? "\\n" : text[at] == '\r' ? "\\r" : "\\t");
  if (limit == 0 || first_characters(text, limit) == text)
    return text;
  return limit < 4 ? first_characters(text, limit) : first_characters(text, limit - 3) + "...";
}

}  // namespace

std::string show(const schema& columns, std::span<const batch> rows, std::int64_t num_rows, std::size_t truncate) {
  std::vector<std::vector<std::string>> cells(1);
  for (const auto& one : columns.fields())
    cells[0].push_back(cut(one.name, truncate));
  std::int64_t total = 0;
  for (const auto& one : rows) {
    for (std::int64_t row = 0; row < one.num_rows() && total + row < num_rows; ++row) {
      auto& line = cells.emplace_back();
      for (int column = 0; column < static_cast<int>(columns.size()); ++column)
        line.push_back(cut(display_cell(one, column, row), truncate));
    }
    total += one.num_rows();
  }
  std::vector<std::size_t> widths(columns.size(), 3);
  for (const auto& line : cells)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], display_width(line[i]));

  std::string rule = "+";
  for (const auto width : widths)
    rule += std::string(width, '-') + "+";
  rule += "\n";
  auto text = rule;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    text += "|";
    for (std::size_t column = 0; column < widths.size(); ++column) {
      const std::string pad(widths[column] - display_width(cells[i][column]), ' ');
      text += truncate > 0 ? pad + cells[i][column] : cells[i][column] + pad;
      text += "|";
    }
    text += "\n";
    if (i == 0)
      text += rule;
  }
  text += rule;
  if (total > num_rows)
    text += "only showing top " + std::to_string(num_rows) + (num_rows == 1 ? " row\n" : " rows\n");
  return text;
}

namespace sinks {

namespace {

class console_sink : public row_sink {
public:
  console_sink(std::ostream& out, std::int64_t num_rows, std::size_t truncate)
      : out_{out}, num_rows_{num_rows}, truncate_{truncate} {}

  status commit_rows(epoch_id epoch, std::span<const batch> rows) override {
    const auto count = std::accumulate(rows.begin(), rows.end(), std::int64_t{0},
                                       [](std::int64_t sum, const batch& one) { return sum + one.num_rows(); });
    if (count == 0 && context().mode != output_mode::complete)
      return {};
    const std::string rule = "-------------------------------------------\n";
    out_ << rule + "Batch: " + std::to_string(epoch.value) + "\n" + rule +
                show(context().columns, rows, num_rows_, truncate_) + "\n"
         << std::flush;
    return out_.good() ? status{} : status{errc::io_error, "console: the output stream refused a table"};
  }
  std::string description() const override { return "console"; }

private:
  std::ostream& out_;
  std::int64_t num_rows_;
  std::size_t truncate_;
};

}  // namespace

result<std::unique_ptr<sink>> console::open() const {
  if (num_rows <= 0)
    return status{errc::invalid_argument, "console: num_rows is " + std::to_string(num_rows) + ", must be positive"};
  return std::unique_ptr<sink>{std::make_unique<console_sink>(out ? *out : std::cout, num_rows, truncate)};
}

}  // namespace sinks

}  // namespace weir
