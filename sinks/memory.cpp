#include <weir/sinks/memory.hpp>

namespace weir {

namespace {

class memory_sink : public row_sink {
public:
  memory_sink(memory_output output, bool remembers) : output_{std::move(output)}, remembers_{remembers} {}

  status commit_rows(epoch_id epoch, std::span<const batch> rows) override {
    auto& state = *output_.state();
    const std::lock_guard lock{state.mutex};
    const auto found = state.committed.find(context().query_id);
    if (remembers_ && found != state.committed.end() && epoch <= found->second)
      return {};
    state.committed[context().query_id] = epoch;
    if (context().mode == output_mode::complete)
      state.epochs.clear();
    state.epochs.push_back({epoch, {rows.begin(), rows.end()}});
    return {};
  }
  result<std::optional<epoch_id>> last_committed() override {
    auto& state = *output_.state();
    const std::lock_guard lock{state.mutex};
    const auto found = state.committed.find(context().query_id);
    return !remembers_ || found == state.committed.end() ? std::optional<epoch_id>{} : std::optional{found->second};
  }
  delivery guarantee() const override { return remembers_ ? delivery::exactly_once : delivery::at_least_once; }
  bool blocking() const override { return false; }
  std::string description() const override { return "memory"; }

private:
  memory_output output_;
  bool remembers_;
};

}  // namespace

std::vector<batch> memory_output::all() const {
  const std::lock_guard lock{shared_->mutex};
  std::vector<batch> rows;
  for (const auto& one : shared_->epochs)
    rows.insert(rows.end(), one.rows.begin(), one.rows.end());
  return rows;
}

std::vector<batch> memory_output::since_last() const {
  const std::lock_guard lock{shared_->mutex};
  std::vector<batch> rows;
  for (auto i = std::min(shared_->seen, shared_->epochs.size()); i < shared_->epochs.size(); ++i)
    rows.insert(rows.end(), shared_->epochs[i].rows.begin(), shared_->epochs[i].rows.end());
  shared_->seen = shared_->epochs.size();
  return rows;
}

std::vector<batch> memory_output::last() const {
  const std::lock_guard lock{shared_->mutex};
  return shared_->epochs.empty() ? std::vector<batch>{} : shared_->epochs.back().rows;
}

std::vector<memory_output::epoch_rows> memory_output::epochs() const {
  const std::lock_guard lock{shared_->mutex};
  return shared_->epochs;
}

void memory_output::clear() const {
  const std::lock_guard lock{shared_->mutex};
  shared_->epochs.clear();
  shared_->seen = 0;
}

result<std::unique_ptr<sink>> sinks::memory::open() const {
  return std::unique_ptr<sink>{std::make_unique<memory_sink>(output, remembers)};
}

}  // namespace weir
