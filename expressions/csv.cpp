#include <weir/expressions/csv.hpp>

#include <new>
#include <set>
#include <stdexcept>

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <weir/columns/utf8.hpp>
#include <weir/expressions/csv/lines.hpp>
#include <weir/expressions/parsed/parsed_column.hpp>

namespace weir {

using id = data_type::id;

class csv_reader::parser {
public:
  parser(const schema& wanted, csv_options options)
      : options_{std::move(options)}, form_{detail::form_of(options_)}, header_due_{options_.header} {
    arrow::FieldVector fields;
    for (const auto& one : wanted.fields()) {
      columns_.emplace_back(one);
      fields.push_back(arrow::field(one.name, one.type.to_arrow(), true));
    }
    schema_ = arrow::schema(std::move(fields));
    // The vector does not grow any more.
    for (auto& column : columns_)
      if (!options_.corrupt_record_column.empty() && column.name() == options_.corrupt_record_column)
        corrupt_ = &column;
      else
        of_file_.push_back(&column);
  }

  status check() const {
    WEIR_TRY(detail::check_form(options_));
    std::set<std::string_view> names;
    for (const auto& column : columns_) {
      if (!names.insert(column.name()).second)
        return {errc::invalid_argument, "schema of CSV: column '" + column.name() + "' is there twice"};
      if (!column.type().children().empty() || column.kind() == id::structure)
        return {errc::type_mismatch, "schema of CSV: column '" + column.name() + "' is " + column.type().to_string() +
                                         "; expected no nested type"};
    }
    const auto& name = options_.corrupt_record_column;
    if (!name.empty() && corrupt_ == nullptr)
      return {errc::unknown_column, "column '" + name + "' of corrupt records is not in the schema"};
    if (corrupt_ != nullptr && corrupt_->kind() != id::utf8)
      return {errc::type_mismatch,
              "column '" + name + "' of corrupt records is " + corrupt_->type().to_string() + "; expected utf8"};
    return {};
  }

  void begin_file() noexcept { header_due_ = options_.header; }
  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t malformed() const noexcept { return malformed_; }

  result<std::size_t> append(std::string_view text, bool end) {
    std::size_t taken = 0;
    while (rows_ < batch_rows) {
      taken += detail::passed_over(text.substr(taken), end, options_);
      const auto rest = text.substr(taken);
      if (rest.empty())
        break;
      const auto window = rest.substr(0, max_record_bytes);
      const auto outcome = record_.split(window, end && window.size() == rest.size(), form_);
      if (outcome == detail::csv_record::outcome::more && window.size() < max_record_bytes)
        break;
      const auto whole = outcome == detail::csv_record::outcome::whole;
      const auto size = whole ? record_.taken() : unclosed_size(window, rest.size());
      taken += size;
      if (std::exchange(header_due_, false))
        continue;
      WEIR_TRY(add(rest.substr(0, size), whole));
    }
    return taken;
  }

  std::shared_ptr<arrow::RecordBatch> finish() {
    arrow::ArrayDataVector data;
    for (auto& column : columns_)
      data.push_back(column.finish());
    return arrow::RecordBatch::Make(schema_, std::exchange(rows_, 0), std::move(data));
  }

private:
  /// A record that has no end takes the text; one beyond the limit takes the whole lines within it.
  static std::size_t unclosed_size(std::string_view window, std::size_t rest) {
    if (window.size() == rest && rest < max_record_bytes)
      return rest;
    const auto line_end = window.rfind('\n');
    return line_end == std::string_view::npos ? window.size() : line_end + 1;
  }

  status add(std::string_view record, bool whole) {
    const auto before = static_cast<std::size_t>(rows_);
    try {
      auto added = whole ? add_fields(record) : add_nulls(record);
      if (!added.ok())
        truncate(before);
      return added;
    } catch (const std::length_error& full) {
      truncate(before);
      return {errc::out_of_memory, full.what()};
    } catch (const std::bad_alloc&) {
      truncate(before);
      return {errc::out_of_memory, "no memory for the columns of a CSV record"};
    }
  }

  status add_fields(std::string_view record) {
    auto fit = record_.size() == of_file_.size();
    const detail::parsed_column* misfit = nullptr;
    for (std::size_t i = 0; i < of_file_.size(); ++i) {
      auto& column = *of_file_[i];
      const auto text = i < record_.size() ? record_[i] : std::string_view{};
      if (i >= record_.size() || text == options_.null_value) {
        column.append_null();
      } else if (!append_value(text, column)) {
        column.append_null();
        if (misfit == nullptr)
          misfit = &column;
      }
    }
    if (fit && misfit == nullptr)
      return end_record({});
    return end_malformed(record, [&] {
      return !fit ? std::to_string(record_.size()) + " fields; expected " + std::to_string(of_file_.size())
                  : "'" + misfit->name() + "' is no " + misfit->type().to_string();
    });
  }

  status add_nulls(std::string_view record) {
    for (auto* const column : of_file_)
      column->append_null();
    return end_malformed(record, [] { return std::string{"a quote is not closed, or it is longer than 16 MiB"}; });
  }

  template <class Reason>
  status end_malformed(std::string_view record, const Reason& reason) {
    ++malformed_;
    record = detail::without_line_end(record);
    if (options_.mode == malformed_mode::failfast)
      return {errc::invalid_row, "malformed CSV record: " + reason() + ": " + detail::excerpt(record)};
    if (options_.mode == malformed_mode::drop_malformed) {
      truncate(static_cast<std::size_t>(rows_));
      return {};
    }
    return end_record(record);
  }

  status end_record(std::optional<std::string_view> corrupt) {
    if (corrupt_ != nullptr) {
      if (corrupt)
        corrupt_->append_text(detail::as_utf8(*corrupt));
      else
        corrupt_->append_null();
    }
    ++rows_;
    return {};
  }

  bool append_value(std::string_view text, detail::parsed_column& column) {
    switch (column.kind()) {
    case id::utf8:
      if (!valid_utf8(text))
        return false;
      column.append_text(text);
      return true;
    case id::binary: column.append_text(text); return true;
    case id::boolean: {
      auto value = false;
      if (!detail::parse_boolean(text, value))
        return false;
      column.append_bool(value);
      return true;
    }
    case id::float32:
    case id::float64: {
      const auto value = detail::parse_real(text);
      if (!value)
        return false;
      if (column.kind() == id::float64)
        column.append_fixed(*value);
      else
        column.append_fixed(detail::parse_float(text).value_or(static_cast<float>(*value)));
      return true;
    }
    case id::date:
    case id::timestamp_us:
    case id::decimal: return column.append_parsed(text, options_.timestamps);
    default: break;
    }
    if (const auto value = detail::parse_integer(text))
      return column.append_integer(*value);
    return column.kind() == id::duration_us && column.append_parsed(text, {});
  }

  void truncate(std::size_t rows) {
    for (auto& column : columns_)
      column.truncate(rows);
  }

  csv_options options_;
  detail::csv_form form_;
  bool header_due_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<detail::parsed_column> columns_;
  std::vector<detail::parsed_column*> of_file_;
  detail::parsed_column* corrupt_ = nullptr;
  detail::csv_record record_;
  std::int64_t rows_ = 0;
  std::int64_t malformed_ = 0;
};

csv_reader::csv_reader(std::unique_ptr<parser> made) : parser_{std::move(made)} {}
csv_reader::~csv_reader() = default;
csv_reader::csv_reader(csv_reader&&) noexcept = default;
csv_reader& csv_reader::operator=(csv_reader&&) noexcept = default;

result<csv_reader> csv_reader::make(const schema& wanted, csv_options options) {
  auto made = std::make_unique<parser>(wanted, std::move(options));
  WEIR_TRY(made->check());
  return csv_reader{std::move(made)};
}

void csv_reader::begin_file() noexcept { parser_->begin_file(); }
result<std::size_t> csv_reader::append(std::string_view text, bool end) { return parser_->append(text, end); }
std::int64_t csv_reader::rows() const noexcept { return parser_->rows(); }
std::int64_t csv_reader::malformed() const noexcept { return parser_->malformed(); }
std::shared_ptr<arrow::RecordBatch> csv_reader::finish() { return parser_->finish(); }

}  // namespace weir
