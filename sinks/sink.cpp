#include <weir/sinks/sink.hpp>

namespace weir {

status sink::start(const sink_context& /*context*/) { return {}; }

status sink::begin(epoch_id /*epoch*/, output_mode /*mode*/) { return {}; }

result<token> sink::prepare(epoch_id /*epoch*/) { return token{}; }

void sink::abort(epoch_id /*epoch*/) {}

status sink::recover(std::span<const pending_commit> /*pending*/) { return {}; }

result<std::optional<epoch_id>> sink::last_committed() { return std::optional<epoch_id>{}; }

void sink::ending(const status& /*cause*/) {}

void sink::stop() {}

status sink::accepts(const schema& /*columns*/) const { return {}; }

bool sink::supports(output_mode /*mode*/) const { return true; }

bool sink::keyed() const { return false; }

delivery sink::guarantee() const { return delivery::at_least_once; }

bool sink::blocking() const { return true; }

bool sink::stages_in_memory() const { return false; }

std::map<std::string, std::string> sink::metrics() const { return {}; }

status row_sink::start(const sink_context& context) {
  context_ = context;
  return {};
}

status row_sink::begin(epoch_id /*epoch*/, output_mode /*mode*/) { return {}; }

status row_sink::stage(epoch_id epoch, const batch& rows) {
  const std::lock_guard lock{mutex_};
  staged_[epoch].push_back(rows);
  return {};
}

result<token> row_sink::prepare(epoch_id epoch) {
  std::vector<batch> rows;
  {
    const std::lock_guard lock{mutex_};
    rows = staged_[epoch];
  }
  if (!context_.durable || rows.empty())
    return token{};
  WEIR_ASSIGN(auto bytes, to_ipc(context_.columns, rows));
  return token{std::move(bytes)};
}

status row_sink::commit(epoch_id epoch, const token& staged) {
  std::optional<std::vector<batch>> rows;
  {
    const std::lock_guard lock{mutex_};
    if (const auto found = staged_.find(epoch); found != staged_.end())
      rows = found->second;
  }
  if (rows) {
    WEIR_TRY(commit_rows(epoch, *rows));
    abort(epoch);
    return {};
  }
  if (staged.bytes.empty())
    return commit_rows(epoch, {});
  WEIR_ASSIGN(auto earlier, from_ipc(staged.bytes));
  return commit_rows(epoch, earlier);
}

void row_sink::abort(epoch_id epoch) {
  const std::lock_guard lock{mutex_};
  staged_.erase(epoch);
}

bool row_sink::stages_in_memory() const { return true; }

}  // namespace weir
