#include <weir/columns/row_codec.hpp>

#include <stdexcept>

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace weir::detail {

namespace {

std::string describe(const field& f) { return f.type.to_string() + (f.nullable ? "" : " not null"); }

status check_field(const field& expected, const field& actual, const std::string& path);

status check_members(const std::vector<field>& expected, const std::vector<field>& actual, const std::string& path) {
  for (const auto& member : expected) {
    const auto name = path.empty() ? member.name : path + "." + member.name;
    const field* found = nullptr;
    for (const auto& candidate : actual)
      if (candidate.name == member.name)
        found = &candidate;
    if (found == nullptr) {
      std::string known;
      for (const auto& candidate : actual)
        known += (known.empty() ? "" : ", ") + candidate.name;
      return {errc::unknown_column, "column '" + name + "': expected " + describe(member) +
                                        ", but there is no such column among (" + known + ")"};
    }
    WEIR_TRY(check_field(member, *found, name));
  }
  return {};
}

status check_field(const field& expected, const field& actual, const std::string& path) {
  using id = data_type::id;
  const auto kind = expected.type.kind();
  const bool text = kind == id::utf8 && actual.type.kind() == id::binary;
  const bool nested = kind == actual.type.kind() && !expected.type.children().empty();
  if (!nested && !text && !widens_to(actual.type, expected.type))
    return {errc::type_mismatch, "column '" + path + "': expected " + describe(expected) + ", got " + describe(actual)};
  if (actual.nullable && !expected.nullable)
    return {errc::type_mismatch, "column '" + path + "': expected " + describe(expected) + ", got nullable " +
                                     describe(actual) + "; make the member a std::optional, or drop the nulls before"};
  if (kind == id::structure)
    return check_members(expected.type.children(), actual.type.children(), path);
  if (kind == id::list)
    return check_field(expected.type.children().front(), actual.type.children().front(), path + "[]");
  if (kind == id::map) {
    WEIR_TRY(check_field(expected.type.children()[0], actual.type.children()[0], path + ".key"));
    return check_field(expected.type.children()[1], actual.type.children()[1], path + ".value");
  }
  return {};
}

}  // namespace

batch make_batch(const std::shared_ptr<arrow::Schema>& type, std::size_t rows,
                 std::vector<std::shared_ptr<arrow::ArrayData>> columns, std::shared_ptr<const batch_origin> origin) {
  return batch{arrow::RecordBatch::Make(type, static_cast<std::int64_t>(rows), std::move(columns)), std::move(origin)};
}

status check_columns(const schema& expected, const schema& actual) {
  if (expected.size() == 1 && actual.size() == 1 && expected[0].name == "value" && actual[0].name != "value" &&
      expected[0].type.kind() != data_type::id::structure)
    return check_field(expected[0], actual[0], actual[0].name);
  return check_members(expected.fields(), actual.fields(), {});
}

std::vector<column_view> bind_columns(const batch& rows, const std::vector<std::string_view>& names) {
  std::vector<column_view> columns;
  if (rows.arrow() == nullptr)
    return std::vector<column_view>(names.size());
  columns.reserve(names.size());
  const auto& type = *rows.arrow()->schema();
  for (const auto name : names) {
    int index = type.GetFieldIndex(std::string{name});
    if (index < 0 && name == "value" && type.num_fields() == 1)
      index = 0;
    if (index < 0)
      throw std::logic_error{"row_reader: the batch has no column '" + std::string{name} + "'"};
    columns.push_back(view_of(*rows.arrow()->column_data(index)));
  }
  return columns;
}

std::vector<column_view> bind_members(const column_view& column, const std::vector<std::string_view>& names) {
  // The view of a batch without columns: nothing will be read.
  if (column.column == nullptr)
    return std::vector<column_view>(names.size());
  std::vector<column_view> members;
  members.reserve(names.size());
  const auto& type = static_cast<const arrow::StructType&>(*column.column->type);
  for (const auto name : names) {
    const int index = type.GetFieldIndex(std::string{name});
    if (index < 0)
      throw std::logic_error{"column_reader: the structure has no member '" + std::string{name} + "'"};
    members.push_back(column.member(static_cast<std::size_t>(index)));
  }
  return members;
}

column_view map_entries(const column_view& column, std::size_t which) {
  return column.column == nullptr ? column_view{} : column.elements().member(which);
}

std::shared_ptr<arrow::ArrayData> make_map_column(const std::shared_ptr<arrow::DataType>& type, std::size_t rows,
                                                  null_bits nulls, std::shared_ptr<arrow::Buffer> offsets,
                                                  std::shared_ptr<arrow::ArrayData> keys,
                                                  std::shared_ptr<arrow::ArrayData> values) {
  const auto entries = static_cast<std::size_t>(keys->length);
  auto pairs = make_column(type->field(0)->type(), entries, nullptr, 0, {}, {std::move(keys), std::move(values)});
  return make_column(type, rows, std::move(nulls.bits), nulls.count, {std::move(offsets)}, {std::move(pairs)});
}

std::int32_t to_days(std::chrono::year_month_day day) {
  if (!day.ok())
    throw std::invalid_argument{"a year_month_day with year " + std::to_string(static_cast<int>(day.year())) +
                                ", month " + std::to_string(static_cast<unsigned>(day.month())) + " and day " +
                                std::to_string(static_cast<unsigned>(day.day())) + " is no day"};
  return to_days(std::chrono::sys_days{day});
}

std::chrono::year_month_day to_year_month_day(std::int32_t days) {
  using namespace std::chrono;
  constexpr sys_days first{year::min() / January / 1};
  constexpr sys_days last{year::max() / December / 31};
  const sys_days day{std::chrono::days{days}};
  if (day < first || day > last)
    throw std::out_of_range{"the date of day " + std::to_string(days) +
                            " since 1970-01-01 is beyond the years of std::chrono::year_month_day"};
  return year_month_day{day};
}

void throw_out_of_range(std::int64_t value, std::string_view type, int bits) {
  throw std::out_of_range{"the value " + std::to_string(value) + " does not fit " + std::to_string(bits) + " bits " +
                          std::string{type}};
}

}  // namespace weir::detail
