#include <weir/sources/csv_files.hpp>

#include <weir/sources/files/csv_format.hpp>
#include <weir/sources/files/file_source.hpp>

namespace weir::sources {
namespace {

csv_options options_of(const csv_files& from) {
  return {from.header,    from.separator,  from.quote,
          from.escape,    from.null_value, from.comment,
          from.trim,      from.mode,       from.corrupt_record_column,
          from.timestamps};
}

}  // namespace

csv_files csv_files::with_columns(std::vector<std::string> names) const {
  auto narrowed = *this;
  narrowed.columns = std::move(names);
  return narrowed;
}

result<schema> csv_files::describe(const describe_context& /*context*/) const {
  const auto settings = file_settings::of(*this, true);
  WEIR_TRY(settings.check());
  return table_schema(settings, schema, infer_schema,
                      [&](const std::vector<std::string>& files) { return infer_csv_files(files, options_of(*this)); });
}

result<std::unique_ptr<source>> csv_files::open(const weir::schema& found) const {
  auto settings = file_settings::of(*this, true);
  WEIR_TRY(settings.check());
  const auto inferred = schema.size() == 0;
  WEIR_ASSIGN(auto format,
              make_table_format({settings.kind, path, found, inferred, columns}, csv_tables(options_of(*this))));
  return std::unique_ptr<source>{std::make_unique<file_source>(std::move(settings), std::move(format))};
}

}  // namespace weir::sources
