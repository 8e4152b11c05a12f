#include <weir/operators/operator.hpp>
