#include <weir/sources/buffered_source.hpp>

#include <algorithm>
#include <charconv>

#include <arrow/api.h>
#include <spdlog/logger.h>

#include <weir/columns/arrow_import.hpp>
#include <weir/sources/buffered/spool.hpp>

namespace weir {
namespace {

constexpr std::int64_t most_rows = 16 * 1024;
constexpr std::int64_t most_bytes = std::int64_t{1} << 20;

result<std::int64_t> row_of(const offset& position) {
  auto row = std::int64_t{-1};
  const auto* end = position.json.data() + position.json.size();
  const auto [stop, error] = std::from_chars(position.json.data(), end, row);
  if (error != std::errc{} || stop != end || row < -1)
    return status{errc::checkpoint_mismatch, "the offset '" + position.json + "' is not a row number, as in 41"};
  return row;
}

}  // namespace

status check_positive(std::string_view kind, std::string_view option, std::int64_t value) {
  if (value > 0)
    return {};
  return {errc::invalid_argument, std::string{kind} + ": option " + std::string{option} + " is " +
                                      std::to_string(value) + "; it must be a positive integer"};
}

status check_buffer(std::string_view kind, const buffer_options& options) {
  WEIR_TRY(check_positive(kind, "buffer_rows", options.rows));
  return check_positive(kind, "buffer_bytes", options.bytes);
}

result<std::shared_ptr<arrow::RecordBatch>> fitting_batch(const schema& expected,
                                                          const std::shared_ptr<arrow::RecordBatch>& rows) {
  if (!rows)
    return status{errc::invalid_argument, "the record batch is null"};
  WEIR_TRY(check_names(expected, *rows->schema()));
  return import_rows(rows, expected);
}

buffered_source::buffered_source(weir::schema columns, buffer_options options)
    : schema_{std::move(columns)}, options_{options} {}

// A subclass whose run() is under way must have been stopped: its members are gone by now.
buffered_source::~buffered_source() = default;

status buffered_source::run(std::stop_token /*stop*/) { return {}; }

result<std::shared_ptr<arrow::RecordBatch>> buffered_source::seal() { return std::shared_ptr<arrow::RecordBatch>{}; }

status buffered_source::start(const source_context& context) {
  context_ = context;
  if (!context_.log)
    context_.log = quiet_logger();
  if (context_.last_offset) {
    WEIR_ASSIGN(committed_, row_of(*context_.last_offset));
  }
  auto recovered = std::vector<row_buffer::piece>{};
  if (!context_.directory.empty()) {
    WEIR_ASSIGN(spool_, spool::open(context_.files, context_.directory, schema_, committed_, recovered));
  }
  {
    const std::lock_guard lock{mutex_};
    buffer_.begin_at(committed_ + 1);
    for (auto& piece : recovered)
      buffer_.append(std::move(piece.rows));
  }
  {
    const std::lock_guard lock{signals_};
    silent_ = false;
  }
  if (!recovered.empty()) {
    context_.log->info("{}: {} spooled rows are offered again", context_.name, next_row() - committed_ - 1);
    signal();
  }
  thread_ = std::jthread{[this](std::stop_token stop) {
    auto ended = status{};
    try {
      ended = run(std::move(stop));
    } catch (...) {
      ended = current_exception_status(errc::source_failed, description());
    }
    if (!ended.ok())
      fail(std::move(ended));
  }};
  return {};
}

bool buffered_source::has_room() const {
  const auto open = open_rows_.load(std::memory_order_relaxed);
  return buffer_.rows() + open < options_.rows && buffer_.bytes() < options_.bytes;
}

buffered_source::room buffered_source::room_for_row(bool wait) {
  std::unique_lock lock{mutex_};
  if (wait && !closed_ && !draining_ && !has_room()) {
    waiting_ = true;
    changed_.wait(lock, [this] { return closed_ || draining_ || has_room(); });
    waiting_ = false;
  }
  if (closed_)
    return room::closed;
  // What was read before a drain is kept, even above the bound: the thread ends after it.
  return draining_ || has_room() ? room::there : room::full;
}

std::optional<std::int64_t> buffered_source::free_rows() const {
  const std::lock_guard lock{mutex_};
  if (closed_ || draining_)
    return std::nullopt;
  return has_room() ? options_.rows - buffer_.rows() - open_rows_.load(std::memory_order_relaxed) : 0;
}

std::int64_t buffered_source::append_some(const arrow::RecordBatch& rows, std::int64_t first, bool wait) {
  auto next = first;
  while (next < rows.num_rows()) {
    {
      const std::lock_guard lock{feed_};
      const auto free = free_rows();
      if (!free)
        break;
      if (*free > 0) {
        const auto count = std::min({*free, rows.num_rows() - next, most_rows});
        if (!seal_open() || !store(rows.Slice(next, count)))
          break;
        next += count;
        signal();
        continue;
      }
    }
    if (!wait || room_for_row(true) == room::closed)
      break;
  }
  return next - first;
}

bool buffered_source::append(std::shared_ptr<arrow::RecordBatch> rows) {
  if (!rows || rows->num_rows() == 0)
    return !closed();
  if (room_for_row(true) == room::closed)
    return false;
  const std::lock_guard lock{feed_};
  if (!seal_open() || !store(std::move(rows)))
    return false;
  signal();
  return true;
}

bool buffered_source::store(std::shared_ptr<arrow::RecordBatch> rows) {
  // Only the holder of feed_ moves the number of the next row, so it stays true without mutex_.
  auto first = std::int64_t{0};
  auto committed = std::int64_t{0};
  {
    const std::lock_guard lock{mutex_};
    if (closed_)
      return false;
    first = buffer_.next();
    committed = committed_;
  }
  if (spool_) {
    auto written = spool_->trim(committed);
    if (written.ok())
      written = spool_->append(first, *rows);
    if (!written.ok()) {
      fail(std::move(written));
      return false;
    }
  }
  const std::lock_guard lock{mutex_};
  // Rows that are in the spool were taken, whatever has closed the source since: the next start offers them.
  if (closed_)
    return spool_ != nullptr;
  buffer_.append(std::move(rows));
  return true;
}

bool buffered_source::added(std::int64_t count) {
  const auto before = open_rows_.fetch_add(count);
  const auto sealed = spool_ || before + count >= seal_at_;
  if (sealed && !seal_open())
    return false;
  if (sealed || before == 0)
    signal();
  return true;
}

bool buffered_source::seal_open() {
  if (open_rows_.load() == 0)
    return true;
  auto rows = seal();
  open_rows_.store(0);
  if (!rows.ok()) {
    fail(rows.error());
    return false;
  }
  if (!*rows || (*rows)->num_rows() == 0)
    return true;
  const auto a_row = std::max<std::int64_t>(1, batch{*rows}.num_bytes() / (*rows)->num_rows());
  seal_at_ = std::clamp<std::int64_t>(most_bytes / a_row, 1, most_rows);
  return store(std::move(*rows));
}

result<offset> buffered_source::latest_offset(const offset& start, const read_limit& limit) {
  WEIR_ASSIGN(const auto from, row_of(start));
  if (!spool_ && open_rows_.load() > 0) {
    const std::lock_guard lock{feed_};
    seal_open();
  }
  const std::lock_guard lock{mutex_};
  if (!failure_.ok())
    return failure_;
  auto end = buffer_.end_within(from, limit);
  if (frozen_)
    end = std::max(from, std::min(end, target_));
  return end == from ? start : offset{std::to_string(end)};
}

status buffered_source::get_batch(const offset& start, const offset& end, collector& out) {
  WEIR_ASSIGN(const auto from, row_of(start));
  WEIR_ASSIGN(const auto to, row_of(end));
  auto pieces = result<std::vector<row_buffer::piece>>{std::vector<row_buffer::piece>{}};
  {
    const std::lock_guard lock{mutex_};
    pieces = buffer_.read(from, to);
  }
  WEIR_TRY(pieces.error());
  for (auto& [first, rows] : *pieces) {
    auto origin = std::make_shared<batch_origin>();
    origin->source = context_.name;
    origin->rows = rows;
    origin->offset_of = [number = first](std::int64_t row) { return std::to_string(number + row); };
    out.emit(batch{std::move(rows), std::move(origin)});
  }
  return {};
}

status buffered_source::commit(const offset& end) {
  WEIR_ASSIGN(const auto row, row_of(end));
  {
    const std::lock_guard lock{mutex_};
    committed_ = std::max(committed_, row);
    buffer_.trim(committed_);
    changed_.notify_all();
  }
  room_made();
  return {};
}

bool buffered_source::prepare_for_available_now() {
  if (!spool_) {
    const std::lock_guard lock{feed_};
    seal_open();
  }
  const std::lock_guard lock{mutex_};
  frozen_ = true;
  target_ = buffer_.next() - 1;
  return true;
}

void buffered_source::end_input(bool discard) {
  {
    const std::lock_guard lock{mutex_};
    (discard ? closed_ : draining_) = true;
    changed_.notify_all();
  }
  thread_.request_stop();
  interrupt();
  if (thread_.joinable())
    thread_.join();
  // Rows from other threads that were let in before this are complete now, so the poll that follows sees them.
  const std::lock_guard feed{feed_};
}

void buffered_source::drain() { end_input(false); }

void buffered_source::stop() {
  end_input(true);
  {
    const std::lock_guard lock{signals_};
    silent_ = true;
  }
  const std::lock_guard feed{feed_};
  if (spool_) {
    auto trimmed = spool_->trim(committed_);
    if (!trimmed.ok())
      context_.log->warn("{}: {}", context_.name, trimmed.to_string());
    spool_.reset();
  }
}

bool buffered_source::closed() const {
  const std::lock_guard lock{mutex_};
  return closed_ || draining_;
}

std::int64_t buffered_source::next_row() const {
  const std::lock_guard lock{mutex_};
  return buffer_.next() + open_rows_.load();
}

void buffered_source::signal() {
  const std::lock_guard lock{signals_};
  if (!silent_ && context_.data_available)
    context_.data_available();
}

void buffered_source::fail(status cause) {
  {
    const std::lock_guard lock{mutex_};
    if (!failure_.ok() || closed_)
      return;
    failure_ = cause;
    closed_ = true;
    changed_.notify_all();
  }
  const std::lock_guard lock{signals_};
  if (!silent_ && context_.fail)
    context_.fail(std::move(cause));
}

std::map<std::string, std::string> buffered_source::metrics() const {
  const std::lock_guard lock{mutex_};
  return {{"spooled", spool_ ? "true" : "false"},
          {"bufferedRows", std::to_string(buffer_.rows() + open_rows_.load())},
          {"bufferedBytes", std::to_string(buffer_.bytes())},
          {"inputWaits", waiting_ ? "true" : "false"}};
}

}  // namespace weir
