// expect: a map's key cannot be a std::optional
// expect: labelled_row
#include <boost/describe.hpp>

#include <weir/columns/row_codec.hpp>

struct labelled_row {
  std::map<std::optional<int>, std::string> labels;
};
BOOST_DESCRIBE_STRUCT(labelled_row, (), (labels))

auto columns = weir::row_schema<labelled_row>();
