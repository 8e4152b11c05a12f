#pragma once

#include <weir/stream/engine.hpp>

#include "session_options.hpp"

/// Composes and starts the session-window query that the options describe. Throws analysis_error and query_error.
weir::streaming_query start_session_query(weir::engine& engine, const session_options& options);
