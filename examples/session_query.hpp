#pragma once

#include <iosfwd>

#include <weir/stream/engine.hpp>

#include "session_options.hpp"

/// Prints a line of JSON on stderr for each epoch.
class progress_printer : public weir::query_listener {
public:
  void on_progress(const weir::query_progress& progress) override;
};

/// Composes and starts the session-window query that the options describe. Throws analysis_error and query_error.
weir::streaming_query start_session_query(weir::engine& engine, const session_options& options);
