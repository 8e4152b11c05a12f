#include "catch.hpp"

#include <weir/columns/error.hpp>

using namespace weir;
using namespace std::string_literals;

TEST_CASE("a message shows the control characters of a row, and keeps what follows a NUL", "[error]") {
  const auto refused = refuse("row 'a\x1b[31m\0b\x7f\r' \u00e9 \xff"s).at_operator("map-0");
  CHECK(refused.to_string() == "invalid_row: row 'a\\x1b[31m\\x00b\\x7f\\x0d' \u00e9 \xff [operator map-0]");
  CHECK(status{errc::io_error, "a table:\n\tone"}.to_string() == "io_error: a table:\n\tone");
  CHECK(refused.message().find('\0') != std::string::npos);  // the message itself has the bytes
}
