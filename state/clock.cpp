#include <weir/state/clock.hpp>
