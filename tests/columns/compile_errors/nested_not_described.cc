// expect: this struct is not described; write BOOST_DESCRIBE_STRUCT
// expect: forgotten_inner
// expect: outer_row
#include <boost/describe.hpp>

#include <weir/columns/row_codec.hpp>

struct forgotten_inner {
  int id;
};
struct outer_row {
  std::vector<forgotten_inner> inner;
};
BOOST_DESCRIBE_STRUCT(outer_row, (), (inner))

auto columns = weir::row_schema<outer_row>();
