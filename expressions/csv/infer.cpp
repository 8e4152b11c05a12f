#include <algorithm>
#include <limits>
#include <vector>

#include <weir/expressions/csv/lines.hpp>
#include <weir/expressions/parsed/values.hpp>

namespace weir {

namespace {

/// What a column can be so far; each of the numbers holds the ones before it.
enum class form { nothing, narrow, integer, real, date, time, boolean, text };

form form_of_text(std::string_view text, const timestamp_parser& timestamps) {
  if (const auto integer = detail::parse_integer(text))
    return std::in_range<std::int32_t>(*integer) ? form::narrow : form::integer;
  if (detail::parse_real(text))
    return form::real;
  if (text.size() == 10 && detail::parse_date_text(text))
    return form::date;
  if (timestamps ? timestamps(text).has_value() : detail::parse_timestamp_text(text).has_value())
    return form::time;
  auto value = false;
  return detail::parse_boolean(text, value) ? form::boolean : form::text;
}

form mixed(form a, form b) {
  const auto number = [](form one) { return one >= form::narrow && one <= form::real; };
  const auto when = [](form one) { return one == form::date || one == form::time; };
  if (a == form::nothing || b == form::nothing || a == b || (number(a) && number(b)) || (when(a) && when(b)))
    return std::max(a, b);
  return form::text;
}

data_type type_of_form(form one) {
  switch (one) {
  case form::narrow: return int32;
  case form::integer: return int64;
  case form::real: return float64;
  case form::date: return date_type;
  case form::time: return timestamp_type;
  case form::boolean: return boolean;
  default: return utf8;
  }
}

std::vector<std::string> names_of(const detail::csv_record& first, const csv_options& options) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto text = first[i];
    names.push_back(options.header && !text.empty() && text != options.null_value ? std::string{text}
                                                                                  : "_c" + std::to_string(i));
  }
  // Of a name that is there twice, each gets its column's number.
  const auto given = names;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (std::ranges::count(given, given[i]) > 1)
      names[i] += std::to_string(i);
  return names;
}

}  // namespace

result<schema> infer_csv_schema(std::string_view text, const csv_options& options) {
  WEIR_TRY(detail::check_form(options));
  const auto form_of_file = detail::form_of(options);
  std::vector<std::string> names;
  std::vector<form> forms;
  auto header_due = options.header;
  detail::csv_record record;
  for (;;) {
    text.remove_prefix(detail::passed_over(text, true, options));
    if (text.empty() || record.split(text, true, form_of_file) != detail::csv_record::outcome::whole)
      break;
    text.remove_prefix(record.taken());
    if (names.empty()) {
      names = names_of(record, options);
      forms.resize(names.size(), form::nothing);
    }
    if (std::exchange(header_due, false))
      continue;
    for (std::size_t i = 0; i < std::min(forms.size(), record.size()); ++i)
      if (record[i] != options.null_value)
        forms[i] = mixed(forms[i], form_of_text(record[i], options.timestamps));
  }
  std::vector<field> fields;
  for (std::size_t i = 0; i < names.size(); ++i)
    fields.push_back({names[i], type_of_form(forms[i]), true});
  return schema{std::move(fields)};
}

}  // namespace weir
