#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <arrow/api.h>

#include <weir/sources/source.hpp>

#include "temporary_directory.hpp"

namespace weir::testing {

using weir_test::temporary_directory;

/// Generous: a wait that takes this long has failed.
inline constexpr std::chrono::seconds long_enough{60};

/// Time that stands until it is advanced; alarms fire within advance().
class manual_clock : public clock {
public:
  timestamp now() const override {
    const std::lock_guard lock{mutex_};
    return now_;
  }
  alarm_id set_alarm(timestamp time, std::function<void()> action) override {
    const std::lock_guard lock{mutex_};
    alarms_.emplace(++last_, std::pair{time, std::move(action)});
    changed_.notify_all();
    return last_;
  }
  void cancel_alarm(alarm_id alarm) override {
    const std::lock_guard lock{mutex_};
    alarms_.erase(alarm);
  }
  void advance(std::chrono::microseconds by) {
    std::unique_lock lock{mutex_};
    now_ += by;
    for (;;) {
      const auto due = std::ranges::find_if(alarms_, [this](const auto& one) { return one.second.first <= now_; });
      if (due == alarms_.end())
        return;
      const auto action = std::move(due->second.second);
      alarms_.erase(due);
      lock.unlock();
      action();
      lock.lock();
    }
  }
  /// Waits until an alarm is set; gives how far off it is.
  std::chrono::microseconds await_alarm() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, long_enough, [this] { return !alarms_.empty(); });
    return alarms_.empty() ? std::chrono::microseconds{-1} : alarms_.begin()->second.first - now_;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  timestamp now_{};
  std::map<alarm_id, std::pair<timestamp, std::function<void()>>> alarms_;
  alarm_id last_ = 0;
};

/// What a host would do with one source: its context, and what it told the query.
class source_host {
public:
  explicit source_host(result<std::unique_ptr<source>> opened, std::string directory = {},
                       std::string last_offset = {}) {
    if (!opened.ok())
      throw std::runtime_error{opened.error().to_string()};
    object = std::move(*opened);
    context.name = "input";
    context.files = make_local_storage();
    context.directory = std::move(directory);
    if (!last_offset.empty())
      context.last_offset = offset{std::move(last_offset)};
    context.time = time;
    context.seed = 42;
    context.data_available = [this] { tell([this] { ++signals_; }); };
    context.fail = [this](status cause) { tell([&] { failure_ = std::move(cause); }); };
  }
  ~source_host() { stop(); }

  status start() {
    started_ = true;
    auto begun = object->start(context);
    position = context.last_offset ? *context.last_offset : *object->initial_offset();
    return begun;
  }
  void stop() {
    if (started_)
      object->stop();
    started_ = false;
  }
  /// The next epoch within `limit`: its rows, each as Arrow prints the cells, joined by '|'.
  std::vector<std::string> take(const read_limit& limit = {.rows = 1'000'000}) {
    auto end = object->latest_offset(position, limit);
    if (!end.ok()) {
      error = end.error();
      return {};
    }
    auto rows = read(position, *end);
    position = *end;
    return rows;
  }
  std::vector<std::string> read(const offset& start, const offset& end) {
    struct rows_collector : collector {
      std::vector<batch> batches;
      void emit(batch rows, int) override { batches.push_back(std::move(rows)); }
      bool full() const override { return false; }
    } out;
    error = start == end ? status{} : object->get_batch(start, end, out);
    auto rows = std::vector<std::string>{};
    batches = std::move(out.batches);
    for (const auto& part : batches) {
      for (std::int64_t row = 0; row < part.num_rows(); ++row) {
        auto text = std::string{};
        for (const auto& column : part.arrow()->columns())
          text += (text.empty() ? "" : "|") + (*column->GetScalar(row))->ToString();
        rows.push_back(std::move(text));
      }
    }
    return rows;
  }
  /// Takes epochs until `count` rows came, the source failed or `long_enough` passed.
  std::vector<std::string> take_rows(std::size_t count) {
    auto rows = std::vector<std::string>{};
    const auto deadline = std::chrono::steady_clock::now() + long_enough;
    for (;;) {
      std::unique_lock lock{mutex_};
      const auto before = signals_;
      lock.unlock();
      const auto more = take();
      rows.insert(rows.end(), more.begin(), more.end());
      if (!more.empty())
        (void)object->commit(position);
      if (rows.size() >= count || !error.ok())
        return rows;
      lock.lock();
      if (!changed_.wait_until(lock, deadline, [&] { return signals_ != before || !failure_.ok(); }) || !failure_.ok())
        return rows;
    }
  }
  status await_failure() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, long_enough, [this] { return !failure_.ok(); });
    return failure_;
  }
  /// What it has failed with so far.
  status failure() {
    const std::lock_guard lock{mutex_};
    return failure_;
  }
  int signals() {
    const std::lock_guard lock{mutex_};
    return signals_;
  }
  /// Waits until rows were announced more than `before` times.
  bool await_signal(int before) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, long_enough, [&] { return signals_ > before; });
  }

  std::shared_ptr<manual_clock> time = std::make_shared<manual_clock>();
  source_context context;
  std::unique_ptr<source> object;
  offset position;
  status error;
  std::vector<batch> batches;  ///< of the last read

private:
  template <class Change>
  void tell(const Change& change) {
    const std::lock_guard lock{mutex_};
    change();
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int signals_ = 0;
  status failure_;
  bool started_ = false;
};

using strings = std::vector<std::string>;

}  // namespace weir::testing
