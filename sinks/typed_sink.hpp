#pragma once

#include <weir/columns/row_codec.hpp>
#include <weir/sinks/sink.hpp>

namespace weir {

/// Base of sinks that read an epoch's rows as T's. A result whose columns do not fit T is refused before its query
/// starts: unknown_column or type_mismatch, naming column, expected and actual.
template <class T>
class typed_sink : public row_sink {
public:
  status accepts(const schema& columns) const override { return check_row_type<T>(columns); }
};

}  // namespace weir
