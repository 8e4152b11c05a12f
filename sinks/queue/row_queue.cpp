#include <weir/sinks/queue/row_queue.hpp>

#include <utility>

namespace weir {

status row_queue::attach(const std::string& query_id) {
  const std::lock_guard lock{mutex_};
  if (phase_ == phase::attached || phase_ == phase::ending)
    return {errc::invalid_argument, "queue: the handle is used by another query, " + query_id_};
  phase_ = phase::attached;
  cause_ = {};
  if (std::exchange(query_id_, query_id) != query_id)
    newest_.reset();
  return {};
}

status row_queue::put(epoch_id epoch, std::vector<piece> pieces, std::int64_t capacity) {
  std::unique_lock lock{mutex_};
  if (newest_ && epoch <= *newest_)
    return {};
  std::erase_if(pieces, [](const piece& one) { return one.rows == 0; });
  const auto enters = [&] { return pieces.empty() || size_ < capacity; };
  taken_.wait(lock, [&] { return phase_ != phase::attached || enters(); });
  if (!enters())
    return {errc::stopped, "queue: the query ended while " + std::to_string(size_) + " rows were not taken"};
  for (auto& one : pieces) {
    size_ += one.rows;
    rows_.push_back({epoch, std::move(one), 0});
  }
  newest_ = epoch;
  added_.notify_all();
  return {};
}

std::optional<epoch_id> row_queue::newest() const {
  const std::lock_guard lock{mutex_};
  return newest_;
}

void row_queue::end_waits(const status& cause) {
  const std::lock_guard lock{mutex_};
  phase_ = phase::ending;
  cause_ = cause;
  taken_.notify_all();
}

void row_queue::detach() {
  const std::lock_guard lock{mutex_};
  phase_ = phase::ended;
  taken_.notify_all();
  added_.notify_all();
}

std::optional<row_queue::item> row_queue::pop(std::optional<std::chrono::nanoseconds> limit) {
  std::unique_lock lock{mutex_};
  const auto ready = [&] { return size_ > 0 || phase_ == phase::ended; };
  if (limit)
    added_.wait_for(lock, *limit, ready);
  else
    added_.wait(lock, ready);
  if (size_ == 0)
    return std::nullopt;
  auto& front = rows_.front();
  item next{front.epoch, front.rows.reader, front.next++};
  if (front.next == front.rows.rows)
    rows_.pop_front();
  --size_;
  taken_.notify_one();
  return next;
}

std::int64_t row_queue::size() const {
  const std::lock_guard lock{mutex_};
  return size_;
}

bool row_queue::closed() const {
  const std::lock_guard lock{mutex_};
  return phase_ == phase::ended && size_ == 0;
}

status row_queue::error() const {
  const std::lock_guard lock{mutex_};
  return cause_;
}

}  // namespace weir
