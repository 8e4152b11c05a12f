#pragma once

#include <weir/columns/row_codec.hpp>
#include <weir/sinks/sink.hpp>

namespace weir {

/// Base of sinks that read an epoch's rows as T's. A result whose columns do not fit T ends the query at its start:
/// unknown_column or type_mismatch, naming column, expected and actual.
template <class T>
class typed_sink : public row_sink {
public:
  status start(const sink_context& context) override {
    WEIR_TRY(check_row_type<T>(context.columns));
    return row_sink::start(context);
  }
};

}  // namespace weir
