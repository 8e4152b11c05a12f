#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/sinks/typed_sink.hpp>

namespace weir::sinks {

/// An epoch's rows, as batches, in one call: `function(epoch, std::span<const batch>)`. Runs at commit on a thread of
/// the sink's own; called again with the same epoch and rows after a crash. What it throws ends the query (Z07).
struct foreach_batch {
  std::function<void(epoch_id, std::span<const batch>)> function = {};

  result<std::unique_ptr<sink>> open() const;
  std::string kind() const { return "foreach_batch"; }
};

/// An epoch's rows as T's in one call; an epoch without rows makes none. What it throws ends the query.
///
///     updates.write_stream().start(weir::sinks::callback<session_update>{
///         [](weir::epoch_id epoch, std::span<const session_update> rows) { ... }});
template <class T>
struct callback {
  std::function<void(epoch_id, std::span<const T>)> function = {};

  result<std::unique_ptr<sink>> open() const {
    if (!function)
      return status{errc::invalid_argument, "callback: the function cannot be null"};
    return std::unique_ptr<sink>{std::make_unique<calling_sink>(function)};
  }
  std::string kind() const { return "callback"; }

private:
  class calling_sink : public typed_sink<T> {
  public:
    explicit calling_sink(std::function<void(epoch_id, std::span<const T>)> function)
        : function_{std::move(function)} {}

    status commit_rows(epoch_id epoch, std::span<const batch> batches) override {
      try {
        std::vector<T> rows;
        std::vector<row_reader<T>> readers;  // rows may view their batches
        for (const auto& one : batches) {
          const auto& reader = readers.emplace_back(one);
          for (std::int64_t i = 0; i < reader.size(); ++i)
            rows.push_back(reader.read(i));
        }
        if (!rows.empty())
          function_(epoch, rows);
      } catch (...) {
        return current_exception_status(errc::user_function, "the sink's function threw");
      }
      return {};
    }
    std::string description() const override { return "callback"; }

  private:
    std::function<void(epoch_id, std::span<const T>)> function_;
  };
};

}  // namespace weir::sinks
