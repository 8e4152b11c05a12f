#pragma once

#include <string_view>

#include <weir/expressions/csv.hpp>
#include <weir/expressions/csv/record.hpp>

namespace weir::detail {

csv_form form_of(const csv_options& options);
status check_form(const csv_options& options);

/// The bytes at a text's front that are lines of blanks or comments; `end` as in csv_reader::append().
std::size_t passed_over(std::string_view text, bool end, const csv_options& options);

/// Values from a field's text.
bool parse_boolean(std::string_view text, bool& value);
std::optional<double> parse_real(std::string_view text);

}  // namespace weir::detail
