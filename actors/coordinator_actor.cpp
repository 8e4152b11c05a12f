#include <weir/sources/source.hpp>
