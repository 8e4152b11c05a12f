// expect: an unsigned 64-bit integer cannot be a column; use std::int64_t
// expect: counter_row
#include <boost/describe.hpp>

#include <weir/columns/row_codec.hpp>

struct counter_row {
  unsigned long long count;
};
BOOST_DESCRIBE_STRUCT(counter_row, (), (count))

double read(const weir::batch& rows) { return static_cast<double>(weir::row_reader<counter_row>{rows}.read(0).count); }
