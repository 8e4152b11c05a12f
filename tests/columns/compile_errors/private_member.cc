// expect: a described struct has private or protected members; a row's members must be public
// expect: secretive_row
#include <boost/describe.hpp>

#include <weir/columns/row_codec.hpp>

class secretive_row {
public:
  int id = 0;

private:
  int secret_ = 0;
  BOOST_DESCRIBE_CLASS(secretive_row, (), (id), (), (secret_))
};

weir::row_writer<secretive_row> rows;
