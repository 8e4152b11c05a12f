#include <weir/expressions/json.hpp>

#include <new>
#include <stdexcept>

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/type.h>

#include <weir/columns/column_writer.hpp>
#include <weir/columns/text.hpp>

namespace weir {

namespace {

result<std::shared_ptr<arrow::Array>> read_all(const arrow::Array& documents, json_reader& reader) {
  const auto view = detail::view_of(documents);
  const auto* offsets = view.values_as<std::int32_t>();
  for (std::int64_t row = 0; row < view.length; ++row) {
    if (!view.is_valid(row)) {
      reader.append_null();
      continue;
    }
    const auto size = static_cast<std::size_t>(offsets[row + 1] - offsets[row]);
    WEIR_TRY(reader.append(size == 0 ? std::string_view{} : std::string_view{view.bytes + offsets[row], size}));
  }
  return reader.finish();
}

status check(const arrow::Array& documents, const json_options& options) {
  if (documents.type_id() != arrow::Type::STRING)
    return {errc::type_mismatch, "from_json of " + documents.type()->ToString() + "; expected utf8"};
  if (options.mode == malformed_mode::drop_malformed)
    return {errc::unsupported, "from_json does not support mode drop_malformed; use permissive or failfast"};
  return {};
}

}  // namespace

result<std::shared_ptr<arrow::Array>> from_json(const arrow::Array& documents, const data_type& wanted,
                                                const json_options& options) {
  WEIR_TRY(check(documents, options));
  WEIR_ASSIGN(auto reader, json_reader::make(wanted, options));
  return read_all(documents, reader);
}

result<std::shared_ptr<arrow::Array>> from_json(const arrow::Array& documents, const schema& wanted,
                                                const json_options& options) {
  return from_json(documents, struct_of(wanted.fields()), options);
}

result<std::shared_ptr<arrow::Array>> to_json(const arrow::Array& values) {
  WEIR_ASSIGN(const auto type, data_type::from_arrow(*values.type()));
  if (type.kind() != data_type::id::structure && type.kind() != data_type::id::list &&
      type.kind() != data_type::id::map)
    return status{errc::type_mismatch, "to_json of " + type.to_string() + "; expected a struct, a list or a map"};
  const field column{"value", type, true};
  constexpr json_style style{.omit_null_members = true, .binary_as_base64 = true, .not_finite_as_text = true};
  column_writer<std::optional<std::string_view>> texts;
  std::string text;
  try {
    texts.reserve(values.length());
    for (std::int64_t row = 0; row < values.length(); ++row) {
      if (values.IsNull(row)) {
        texts.append_null();
        continue;
      }
      text.clear();
      append_json_value(*values.data(), column, row, style, text);
      texts.append(text);
    }
    return texts.finish();
  } catch (const std::length_error& full) {
    return status{errc::out_of_memory, full.what()};
  } catch (const std::bad_alloc&) {
    return status{errc::out_of_memory, "no memory for JSON texts"};
  }
}

}  // namespace weir
