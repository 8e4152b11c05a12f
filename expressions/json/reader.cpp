// The push parser's templates are compiled here: inlining more of them is worth a fifth of the time.
#if defined(__GNUC__) && !defined(__clang__) && defined(NDEBUG)
#pragma GCC optimize("O3")
#endif

#include <weir/expressions/json/reader.hpp>

#include <new>
#include <set>
#include <stdexcept>

#include <arrow/array/array_nested.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <boost/json/basic_parser_impl.hpp>

#include <weir/expressions/json/handler.hpp>

namespace weir {

namespace {

using id = data_type::id;

status check_names(const std::vector<field>& fields, const std::string& within) {
  std::set<std::string_view> names;
  for (const auto& one : fields)
    if (!names.insert(one.name).second)
      return {errc::invalid_argument, "schema of JSON" + within + ": column '" + one.name + "' is there twice"};
  return {};
}

status check_type(const data_type& type, const std::string& within) {
  if (type.kind() == id::structure)
    WEIR_TRY(check_names(type.children(), within));
  if (type.kind() == id::map && type.children().front().type.kind() != id::utf8)
    return {errc::type_mismatch, "schema of JSON" + within + ": " + type.to_string() + " has keys of " +
                                     type.children().front().type.to_string() + "; expected utf8"};
  for (const auto& child : type.children())
    WEIR_TRY(check_type(child.type, within + " in '" + child.name + "'"));
  return {};
}

boost::json::parse_options parse_options() {
  boost::json::parse_options options;
  options.max_depth = detail::json_handler::max_depth;
  return options;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

class json_reader::parser {
public:
  parser(const data_type& wanted, json_options options, json_shape shape)
      : options_{std::move(options)}, column_{{"value", wanted, true}}, corrupt_{find_corrupt_column()},
        root_{column_, corrupt_}, push_{parse_options(), root_, options_.timestamps, shape == json_shape::rows} {}
  parser(const parser&) = delete;
  parser& operator=(const parser&) = delete;

  status check_corrupt_column() const {
    const auto& name = options_.corrupt_record_column;
    if (name.empty())
      return {};
    if (corrupt_ == nullptr)
      return {errc::unknown_column,
              "column '" + name + "' of corrupt records is not in the schema " + column_.type().to_string()};
    if (corrupt_->kind() != id::utf8)
      return {errc::type_mismatch,
              "column '" + name + "' of corrupt records is " + corrupt_->type().to_string() + "; expected utf8"};
    return {};
  }

  const data_type& type() const noexcept { return column_.type(); }
  std::size_t rows() const noexcept { return column_.size(); }
  std::int64_t malformed() const noexcept { return malformed_; }
  void append_null() { column_.append_null(); }
  std::shared_ptr<arrow::ArrayData> finish() { return column_.finish(); }

  status append(std::string_view document) {
    const auto before = column_.size();
    try {
      return parse(document, before);
    } catch (const std::length_error& full) {
      column_.truncate(before);
      return {errc::out_of_memory, full.what()};
    } catch (const std::bad_alloc&) {
      column_.truncate(before);
      return {errc::out_of_memory, "no memory for the columns of a JSON document"};
    }
  }

private:
  detail::parsed_column* find_corrupt_column() {
    if (column_.kind() == id::structure && !options_.corrupt_record_column.empty())
      for (auto& child : column_.children())
        if (child.name() == options_.corrupt_record_column)
          return &child;
    return nullptr;
  }

  status parse(std::string_view document, std::size_t before) {
    if (document.size() > max_record_bytes)
      return refuse(document, before, "it is longer than 16 MiB");
    auto& handler = push_.handler();
    handler.begin(document);
    push_.reset();
    boost::json::error_code error;
    const auto read = push_.write_some(false, document.data(), document.size(), error);
    if (error) [[unlikely]] {
      if (is_blank(document)) {
        column_.append_null();
        return {};
      }
      return refuse(document, before, error.message() + " at byte " + std::to_string(read));
    }
    if (read != document.size() && !is_blank(document.substr(read)))
      return refuse(document, before, "more follows its end at byte " + std::to_string(read));
    if (handler.misfit_root())
      return refuse(document, before, "expected " + column_.type().to_string());
    if (handler.misfit() != nullptr) [[unlikely]]
      return keep_what_fits(document, before, *handler.misfit());
    return {};
  }

  /// What a document that is no JSON of the wanted shape gives.
  status refuse(std::string_view document, std::size_t before, std::string_view reason) {
    ++malformed_;
    column_.truncate(before);
    if (options_.mode == malformed_mode::failfast)
      return error_of(document, reason);
    if (options_.mode == malformed_mode::drop_malformed)
      return {};
    if (column_.kind() != id::structure) {
      column_.append_null();
      return {};
    }
    for (auto& child : column_.children())
      if (&child == corrupt_)
        child.append_text(detail::as_utf8(document));
      else
        child.append_null();
    column_.end_structure();
    return {};
  }

  status keep_what_fits(std::string_view document, std::size_t before, const detail::parsed_column& misfit) {
    ++malformed_;
    if (options_.mode != malformed_mode::permissive) {
      column_.truncate(before);
      if (options_.mode == malformed_mode::drop_malformed)
        return {};
      return error_of(document, "'" + misfit.name() + "' is no " + misfit.type().to_string());
    }
    if (corrupt_ == nullptr)
      return {};
    corrupt_->truncate(before);
    for (auto row = before; row < column_.size(); ++row)
      corrupt_->append_text(document);
    return {};
  }

  static status error_of(std::string_view document, std::string_view reason) {
    return {errc::invalid_row, "malformed JSON document: " + std::string{reason} + ": " + detail::excerpt(document)};
  }

  json_options options_;
  detail::parsed_column column_;
  detail::parsed_column* corrupt_;
  detail::json_node root_;
  boost::json::basic_parser<detail::json_handler> push_;
  std::int64_t malformed_ = 0;
};

json_reader::json_reader(std::unique_ptr<parser> made) : parser_{std::move(made)} {}
json_reader::~json_reader() = default;
json_reader::json_reader(json_reader&&) noexcept = default;
json_reader& json_reader::operator=(json_reader&&) noexcept = default;

result<json_reader> json_reader::make(const schema& wanted, json_options options, json_shape shape) {
  const auto type = struct_of(wanted.fields());
  WEIR_TRY(check_type(type, ""));
  auto made = std::make_unique<parser>(type, std::move(options), shape);
  WEIR_TRY(made->check_corrupt_column());
  return json_reader{std::move(made)};
}

result<json_reader> json_reader::make(const data_type& wanted, json_options options) {
  if (wanted.kind() != id::structure && wanted.kind() != id::list && wanted.kind() != id::map)
    return status{errc::type_mismatch,
                  "a JSON document of type " + wanted.to_string() + "; expected a struct, a list or a map"};
  WEIR_TRY(check_type(wanted, ""));
  auto made = std::make_unique<parser>(wanted, std::move(options), json_shape::value);
  WEIR_TRY(made->check_corrupt_column());
  return json_reader{std::move(made)};
}

const data_type& json_reader::type() const noexcept { return parser_->type(); }
status json_reader::append(std::string_view document) { return parser_->append(document); }
void json_reader::append_null() { parser_->append_null(); }
std::int64_t json_reader::rows() const noexcept { return static_cast<std::int64_t>(parser_->rows()); }
std::int64_t json_reader::malformed() const noexcept { return parser_->malformed(); }

std::shared_ptr<arrow::Array> json_reader::finish() { return detail::make_array(parser_->finish()); }

std::shared_ptr<arrow::RecordBatch> json_reader::finish_rows() {
  const auto rows = parser_->finish();
  return arrow::RecordBatch::Make(arrow::schema(rows->type->fields()), rows->length, rows->child_data);
}

}  // namespace weir
