#include <weir/sources/parquet_files.hpp>

#include <weir/sources/files/file_source.hpp>
#include <weir/sources/files/parquet_format.hpp>

namespace weir::sources {

parquet_files parquet_files::with_columns(std::vector<std::string> names) const {
  auto narrowed = *this;
  narrowed.columns = std::move(names);
  return narrowed;
}

result<schema> parquet_files::describe(const describe_context& /*context*/) const {
  const auto settings = file_settings::of(*this, true);
  WEIR_TRY(settings.check());
  return table_schema(settings, schema, infer_schema,
                      [&](const std::vector<std::string>& files) { return infer_parquet_files(files); });
}

result<std::unique_ptr<source>> parquet_files::open(const weir::schema& found) const {
  auto settings = file_settings::of(*this, true);
  WEIR_TRY(settings.check());
  const auto inferred = schema.size() == 0;
  WEIR_ASSIGN(auto format, make_table_format({settings.kind, path, found, inferred, columns}, parquet_tables(), true));
  return std::unique_ptr<source>{std::make_unique<file_source>(std::move(settings), std::move(format))};
}

}  // namespace weir::sources
