#include <weir/sources/json_files.hpp>

#include <weir/sources/files/file_source.hpp>
#include <weir/sources/files/json_format.hpp>

namespace weir::sources {
namespace {

json_options options_of(const json_files& from) { return {from.mode, from.corrupt_record_column, from.timestamps}; }

}  // namespace

json_files json_files::with_columns(std::vector<std::string> names) const {
  auto narrowed = *this;
  narrowed.columns = std::move(names);
  return narrowed;
}

result<schema> json_files::describe(const describe_context& /*context*/) const {
  const auto settings = file_settings::of(*this, true);
  WEIR_TRY(settings.check());
  return table_schema(settings, schema, infer_schema, [&](const std::vector<std::string>& files) {
    return infer_json_files(files, options_of(*this));
  });
}

result<std::unique_ptr<source>> json_files::open(const weir::schema& found) const {
  auto settings = file_settings::of(*this, true);
  WEIR_TRY(settings.check());
  const auto inferred = schema.size() == 0;
  WEIR_ASSIGN(auto format,
              make_table_format({settings.kind, path, found, inferred, columns}, json_tables(options_of(*this))));
  return std::unique_ptr<source>{std::make_unique<file_source>(std::move(settings), std::move(format))};
}

}  // namespace weir::sources
