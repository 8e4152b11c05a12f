#pragma once

#include <stdexcept>
#include <string>

#include <weir/columns/error.hpp>

namespace weir {

/// A query that cannot be built: unknown column, wrong type, unsupported output mode, missing watermark ...
/// Thrown by the call that is wrong, or by start().
class analysis_error : public std::runtime_error {
public:
  explicit analysis_error(status cause) : std::runtime_error{cause.to_string()}, cause_{std::move(cause)} {}
  const status& cause() const noexcept { return cause_; }
  errc code() const noexcept { return cause_.code(); }

private:
  status cause_;
};

/// A query that could not start, or that failed while it ran.
class query_error : public std::runtime_error {
public:
  query_error(status cause, std::string id, std::string run_id)
      : std::runtime_error{cause.to_string()}, cause_{std::move(cause)}, id_{std::move(id)},
        run_id_{std::move(run_id)} {}
  const status& cause() const noexcept { return cause_; }
  errc code() const noexcept { return cause_.code(); }
  /// Of the query and of its run; empty when it failed before it had them.
  const std::string& id() const noexcept { return id_; }
  const std::string& run_id() const noexcept { return run_id_; }

private:
  status cause_;
  std::string id_;
  std::string run_id_;
};

}  // namespace weir
