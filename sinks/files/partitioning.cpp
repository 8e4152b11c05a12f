#include <weir/sinks/files/partitioning.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <unordered_map>

#include <arrow/api.h>
#include <arrow/compute/api.h>

#include <weir/columns/display.hpp>

namespace weir {
namespace {

bool can_name(const data_type& type) {
  switch (type.kind()) {
  case data_type::id::binary:
  case data_type::id::duration_us:
  case data_type::id::structure:
  case data_type::id::list:
  case data_type::id::map: return false;
  default: return true;
  }
}

/// The value in the row as a directory's name has it.
std::string value_name(const batch& rows, int column, std::int64_t row) {
  const auto& values = *rows.arrow()->column(column);
  if (values.IsNull(row))
    return "__HIVE_DEFAULT_PARTITION__";
  const auto text = values.type_id() == arrow::Type::STRING
                        ? static_cast<const arrow::StringArray&>(values).GetString(row)
                        : display_cell(rows, column, row);
  return text.empty() ? "__HIVE_DEFAULT_PARTITION__" : escape_path_name(text);
}

result<std::shared_ptr<arrow::RecordBatch>> take(const std::shared_ptr<arrow::RecordBatch>& rows,
                                                 const std::vector<std::int64_t>& indexes) {
  static const auto initialized = arrow::compute::Initialize();
  if (!initialized.ok())
    return from_arrow(initialized, "start Arrow's functions");
  const auto at = std::make_shared<arrow::Int64Array>(static_cast<std::int64_t>(indexes.size()),
                                                      arrow::Buffer::Wrap(indexes.data(), indexes.size()));
  auto taken = arrow::compute::Take(arrow::Datum{rows}, arrow::Datum{at}, arrow::compute::TakeOptions::NoBoundsCheck());
  if (!taken.ok())
    return from_arrow(taken.status(), "rows of a partition");
  return taken->record_batch();
}

}  // namespace

std::string escape_path_name(std::string_view text) {
  constexpr std::string_view special = "\"#%'*/:=?\\{[]^";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const auto c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7F && special.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    out += '%';
    out += digits[code >> 4U];
    out += digits[code & 15U];
  }
  return out;
}

status partitioning::check(const schema& columns) const {
  std::set<std::string> names;
  for (const auto& name : columns_) {
    const auto index = columns.index_of(name);
    if (index < 0)
      return {errc::unknown_column, "partition_by: no column '" + name + "' is in (" + columns.to_string() + ")"};
    if (!names.insert(name).second)
      return {errc::invalid_argument, "partition_by: column '" + name + "' is there twice"};
    const auto& type = columns[static_cast<std::size_t>(index)].type;
    if (!can_name(type))
      return {errc::unsupported,
              "partition_by: column '" + name + "' is " + type.to_string() + ", which cannot name a directory"};
  }
  if (!columns_.empty() && names.size() == columns.size())
    return {errc::invalid_argument, "partition_by: all columns are partition columns; one must be left for the files"};
  return {};
}

schema partitioning::in_files(const schema& columns) const {
  auto left = columns.fields();
  std::erase_if(left, [&](const field& one) { return std::ranges::find(columns_, one.name) != columns_.end(); });
  return schema{std::move(left)};
}

result<std::vector<partitioning::part>> partitioning::split(const batch& rows) const {
  std::vector<part> parts;
  if (columns_.empty()) {
    parts.push_back({{}, rows});
    return parts;
  }
  const auto& all = *rows.arrow();
  std::vector<int> by;
  std::vector<int> left;
  for (const auto& name : columns_)
    by.push_back(all.schema()->GetFieldIndex(name));
  for (int i = 0; i < all.num_columns(); ++i)
    if (std::ranges::find(by, i) == by.end())
      left.push_back(i);
  std::unordered_map<std::string, std::size_t> known;
  std::vector<std::vector<std::int64_t>> indexes;
  for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
    std::string directory;
    for (std::size_t i = 0; i < by.size(); ++i)
      directory += (i > 0 ? "/" : "") + escape_path_name(columns_[i]) + "=" + value_name(rows, by[i], row);
    const auto [found, fresh] = known.try_emplace(std::move(directory), parts.size());
    if (fresh) {
      parts.push_back({found->first, {}});
      indexes.emplace_back();
    }
    indexes[found->second].push_back(row);
  }
  const auto in_file = all.SelectColumns(left);
  if (!in_file.ok())
    return from_arrow(in_file.status(), "columns of a partition");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto taken = *in_file;
    if (parts.size() > 1) {
      WEIR_ASSIGN(taken, take(*in_file, indexes[i]));
    }
    parts[i].rows = batch{std::move(taken)};
  }
  return parts;
}

}  // namespace weir
