#include <weir/expressions/functions.hpp>

namespace weir {

expression from_json(const expression& document, std::string_view columns, const json_options& options) {
  // Kept as text, which the function's kernel reads.
  std::string text = options.mode == malformed_mode::failfast ? "mode failfast" : "mode permissive";
  if (options.mode == malformed_mode::drop_malformed)
    text = "mode drop_malformed";
  if (!options.corrupt_record_column.empty())
    text += "\ncorrupt " + options.corrupt_record_column;
  if (text == "mode permissive")
    return call_function("from_json", {document, lit(std::string{columns})});
  return call_function("from_json", {document, lit(std::string{columns}), lit(text)});
}

expression from_json(const expression& document, const schema& columns, const json_options& options) {
  return from_json(document, columns.to_string(), options);
}

expression to_json(const expression& value) { return call_function("to_json", {value}); }

}  // namespace weir
