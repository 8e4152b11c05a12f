// expect: a std::optional cannot be a row; use a described struct with an optional member
#include <weir/columns/row_codec.hpp>

auto columns = weir::row_schema<std::optional<int>>();
