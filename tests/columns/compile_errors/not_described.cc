// expect: this struct is not described; write BOOST_DESCRIBE_STRUCT
// expect: forgotten_struct
#include <weir/columns/row_codec.hpp>

struct forgotten_struct {
  int id;
};

weir::row_writer<forgotten_struct> rows;
