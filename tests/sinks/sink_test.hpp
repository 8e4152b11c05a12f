#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include <weir/columns/row_codec.hpp>
#include <weir/sinks/memory.hpp>
#include <weir/sinks/sink.hpp>

namespace weir::testing {

/// What a host would do with one sink.
class sink_host {
public:
  sink_host(result<std::unique_ptr<sink>> opened, schema columns, bool durable = false) {
    if (!opened.ok())
      throw std::runtime_error{opened.error().to_string()};
    object = std::move(*opened);
    context.name = "out";
    context.query_id = "query";
    context.columns = std::move(columns);
    context.durable = durable;
    if (auto begun = object->start(context); !begun.ok())
      throw std::runtime_error{begun.to_string()};
  }
  ~sink_host() { stop(); }
  sink_host(const sink_host&) = delete;
  sink_host& operator=(const sink_host&) = delete;

  void stop(const status& cause = {}) {
    if (std::exchange(stopped_, true))
      return;
    object->ending(cause);
    object->stop();
  }

  /// Stages batches of rows; gives the token.
  template <class T>
  token stage(std::int64_t epoch, std::initializer_list<T> first, std::initializer_list<T> second = {}) {
    return stage_all<T>(epoch, {first, second});
  }
  template <class T>
  status commit(std::int64_t epoch, std::initializer_list<T> rows) {
    return object->commit(epoch_id{epoch}, stage<T>(epoch, rows));
  }

  sink_context context;
  std::unique_ptr<sink> object;

private:
  template <class T>
  token stage_all(std::int64_t epoch, const std::vector<std::vector<T>>& batches) {
    (void)object->begin(epoch_id{epoch}, output_mode::append);
    for (const auto& rows : batches) {
      row_writer<T> writer;
      for (const auto& row : rows)
        writer.append(row);
      if (writer.size() > 0)
        (void)object->stage(epoch_id{epoch}, writer.finish());
    }
    auto staged = object->prepare(epoch_id{epoch});
    if (!staged.ok())
      throw std::runtime_error{staged.error().to_string()};
    return std::move(*staged);
  }

  bool stopped_ = false;
};

}  // namespace weir::testing
