#pragma once

#include <cstdint>
#include <ostream>

#include <weir/columns/batch.hpp>

/// Prints the first `limit` of an operator's state rows, ordered by key where the key's type has an order: as the
/// console sink's table, with a column for each member of the key, or as JSON lines with the key as an object. A
/// group that has a timeout but no value has nulls for the value.
weir::status print_state(const weir::batch& rows, bool json, std::int64_t limit, std::ostream& out);
