// expect: this type cannot be a column; a member must be bool, an integer, double
// expect: pointer_row
#include <boost/describe.hpp>

#include <weir/columns/row_codec.hpp>

struct pointer_row {
  const char* text;
};
BOOST_DESCRIBE_STRUCT(pointer_row, (), (text))

weir::status checked(const weir::schema& columns) { return weir::check_row_type<pointer_row>(columns); }
