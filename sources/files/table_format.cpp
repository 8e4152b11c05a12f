#include <weir/sources/files/table_format.hpp>

#include <algorithm>
#include <set>

#include <arrow/api.h>

#include <weir/columns/batch.hpp>
#include <weir/expressions/parsed/parsed_column.hpp>
#include <weir/sources/files/listing.hpp>
#include <weir/sources/files/partitions.hpp>
#include <weir/sources/files/text_input.hpp>

namespace weir {
namespace {

/// Puts the columns of a file, and of its path, in the source's order.
class table_reader final : public file_reader {
public:
  table_reader(std::unique_ptr<file_reader> inner, std::string path, schema output, std::vector<path_column> from_path)
      : inner_{std::move(inner)}, path_{std::move(path)}, output_{std::move(output)}, arrow_{output_.to_arrow()},
        from_path_{std::move(from_path)} {}

  std::int64_t position() const override { return inner_->position(); }
  bool at_end() const override { return inner_->at_end(); }
  std::int64_t bytes_read() const override { return inner_->bytes_read(); }
  result<std::int64_t> pass_over() override { return inner_->pass_over(); }
  std::map<std::string, std::int64_t> counts() const override { return inner_->counts(); }

  result<file_rows> next(std::int64_t max_rows) override {
    WEIR_ASSIGN(auto part, inner_->next(max_rows));
    if (!part.rows)
      return part;
    auto columns = std::vector<std::shared_ptr<arrow::Array>>{};
    for (const auto& one : output_.fields()) {
      if (auto column = part.rows->GetColumnByName(one.name)) {
        columns.push_back(std::move(column));
        continue;
      }
      const auto named = std::ranges::find(from_path_, one.name, &path_column::first);
      const auto value = named == from_path_.end() ? path_column{one.name, std::nullopt} : *named;
      auto values = path_column_values(value, one, part.rows->num_rows());
      if (!values.ok())
        return status{values.error().code(), "file " + path_ + ": " + values.error().message()};
      columns.push_back(std::move(*values));
    }
    part.rows = arrow::RecordBatch::Make(arrow_, part.rows->num_rows(), std::move(columns));
    return part;
  }

private:
  std::unique_ptr<file_reader> inner_;
  std::string path_;
  schema output_;
  std::shared_ptr<arrow::Schema> arrow_;
  std::vector<path_column> from_path_;
};

class table_format final : public file_format {
public:
  table_format(table_columns columns, schema output, open_table open, bool plans)
      : columns_{std::move(columns)}, output_{std::move(output)}, open_{std::move(open)}, plans_{plans} {}

  schema output() const override { return output_; }
  bool plans_by_metadata() const override { return plans_; }
  std::map<std::string, std::string> settings() const override {
    if (!columns_.inferred)
      return {};
    return {{"inferred schema", columns_.all.to_string()}};
  }
  result<std::unique_ptr<file_reader>> open(const std::string& path, std::int64_t begin,
                                            std::int64_t end) const override {
    auto from_path = path_columns(columns_.path, path);
    const auto without = [&](const schema& of) {
      auto fields = of.fields();
      std::erase_if(fields, [&](const field& one) {
        return std::ranges::find(from_path, one.name, &path_column::first) != from_path.end();
      });
      return schema{std::move(fields)};
    };
    WEIR_ASSIGN(auto inner, open_(path, begin, end, without(columns_.all), without(output_)));
    return std::unique_ptr<file_reader>{
        std::make_unique<table_reader>(std::move(inner), path, output_, std::move(from_path))};
  }

private:
  table_columns columns_;
  schema output_;
  open_table open_;
  bool plans_;
};

schema all_nullable(const schema& given) {
  auto fields = std::vector<field>{};
  for (const auto& one : given.fields())
    fields.push_back({one.name, detail::nullable_type(one.type), true});
  return schema{std::move(fields)};
}

}  // namespace

result<std::unique_ptr<file_format>> make_table_format(table_columns columns, open_table open, bool plans_by_metadata) {
  auto output = columns.all;
  if (columns.wanted) {
    auto fields = output.fields();
    std::erase_if(fields, [&](const field& one) {
      return std::ranges::find(*columns.wanted, one.name) == columns.wanted->end();
    });
    for (const auto& name : *columns.wanted)
      if (output.index_of(name) < 0)
        return status{errc::unknown_column,
                      columns.kind + ": no column '" + name + "' is in (" + output.to_string() + ")"};
    output = schema{std::move(fields)};
  }
  return std::unique_ptr<file_format>{
      std::make_unique<table_format>(std::move(columns), std::move(output), std::move(open), plans_by_metadata)};
}

result<schema> table_schema(const file_settings& settings, const schema& given, bool infer_schema,
                            const std::function<result<schema>(const std::vector<std::string>& files)>& infer) {
  if (given.size() > 0) {
    auto names = std::set<std::string>{};
    for (const auto& one : given.fields())
      if (!names.insert(one.name).second)
        return status{errc::invalid_argument, settings.kind + ": the schema has column '" + one.name + "' twice"};
    return all_nullable(given);
  }
  if (!infer_schema)
    return status{errc::invalid_argument,
                  settings.kind + ": option schema is empty; give the files' columns, or set infer_schema"};
  WEIR_ASSIGN(const auto listed, find_files(settings));
  auto files = std::vector<std::string>{};
  for (const auto& one : listed)
    files.push_back(one.path);
  if (files.empty())
    return status{errc::invalid_argument,
                  settings.kind + ": no file is at " + settings.path + " to infer a schema from; give option schema"};
  WEIR_ASSIGN(const auto found, infer(files));
  auto fields = found.fields();
  for (const auto& one : infer_path_columns(settings.path, files)) {
    std::erase_if(fields, [&](const field& other) { return other.name == one.name; });
    fields.push_back(one);
  }
  if (fields.empty())
    return status{errc::invalid_argument,
                  settings.kind + ": the files at " + settings.path + " show no column; give option schema"};
  return all_nullable(schema{std::move(fields)});
}

result<std::string> beginning_of(const std::string& path, std::size_t most) {
  WEIR_ASSIGN(const auto input, text_input::open(path, 0, file_reader::everything));
  while (!input->ended() && input->text().size() < most)
    WEIR_TRY(input->refill());
  auto text = input->text();
  if (!input->ended() || text.size() > most)
    text = text.substr(0, text.substr(0, most).rfind('\n') + 1);
  return std::string{text};
}

}  // namespace weir
