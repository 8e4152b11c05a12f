#include <weir/sinks/memory.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>

#include <arrow/table.h>

#include <weir/sinks/memory/newest_rows.hpp>

namespace weir {

namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

/// What the copies of an output share.
class memory_output::contents {
public:
  /// A sink begins to write rows of `columns`, kept by `key` where that is not empty.
  status begin(const schema& columns, const std::vector<std::string>& key) {
    const std::lock_guard lock{mutex_};
    const auto other = keyed_ ? keyed_->columns() != columns || keyed_->key() != key : !key.empty() && !epochs_.empty();
    if (other)
      return {errc::invalid_argument, "memory: the output has rows of (" + columns_.to_string() + ") " +
                                          (keyed_ ? "by key (" + listed(keyed_->key()) + ")" : "without a key") +
                                          "; this sink has (" + columns.to_string() + ")" +
                                          (key.empty() ? "" : " by key (" + listed(key) + ")") +
                                          " and needs an output of its own"};
    columns_ = columns;
    if (!keyed_ && !key.empty()) {
      WEIR_ASSIGN(keyed_, newest_rows::make(columns, key));
    }
    return {};
  }
  std::optional<epoch_id> committed(const std::string& query) const {
    const std::lock_guard lock{mutex_};
    const auto found = committed_.find(query);
    return found == committed_.end() ? std::optional<epoch_id>{} : found->second;
  }
  status commit(const std::string& query, bool remembers, epoch_id epoch, std::span<const batch> rows, bool replaces) {
    const std::lock_guard lock{mutex_};
    const auto found = committed_.find(query);
    if (remembers && found != committed_.end() && epoch <= found->second)
      return {};
    if (keyed_) {
      if (replaces)
        keyed_->clear();
      WEIR_TRY(keyed_->put(rows, count_ + 1));
    }
    committed_[query] = epoch;
    if (keyed_ || replaces)
      epochs_.clear();
    epochs_.push_back({epoch, {rows.begin(), rows.end()}});
    ++count_;
    return {};
  }

  std::vector<batch> all() const {
    const std::lock_guard lock{mutex_};
    return rows_after(0);
  }
  std::vector<batch> since_last() {
    const std::lock_guard lock{mutex_};
    return rows_after(std::exchange(seen_, count_));
  }
  std::vector<batch> last() const {
    const std::lock_guard lock{mutex_};
    return epochs_.empty() ? std::vector<batch>{} : epochs_.back().rows;
  }
  std::vector<epoch_rows> epochs() const {
    const std::lock_guard lock{mutex_};
    return epochs_;
  }
  /// All rows, and their columns.
  std::pair<schema, std::vector<batch>> table() const {
    const std::lock_guard lock{mutex_};
    return {columns_, rows_after(0)};
  }
  void clear() {
    const std::lock_guard lock{mutex_};
    epochs_.clear();
    if (keyed_)
      keyed_->clear();
    seen_ = count_;
  }

private:
  /// Of the epochs that came after the first `seen`.
  std::vector<batch> rows_after(std::size_t seen) const {
    if (keyed_) {
      auto rows = keyed_->rows_since(seen);
      if (!rows.ok())
        throw std::runtime_error{rows.error().to_string()};
      return std::move(*rows);
    }
    std::vector<batch> rows;
    const auto gone = count_ - epochs_.size();
    for (auto i = std::max(seen, gone) - gone; i < epochs_.size(); ++i)
      rows.insert(rows.end(), epochs_[i].rows.begin(), epochs_[i].rows.end());
    return rows;
  }

  mutable std::mutex mutex_;
  schema columns_;  ///< of the sink that began last
  std::vector<epoch_rows> epochs_;
  std::optional<newest_rows> keyed_;           ///< with a key; versions are counts of epochs
  std::map<std::string, epoch_id> committed_;  ///< newest epoch by query
  std::size_t count_ = 0;                      ///< epochs committed
  std::size_t seen_ = 0;                       ///< of them
};

namespace {

class memory_sink : public row_sink {
public:
  explicit memory_sink(sinks::memory options) : options_{std::move(options)} {}

  status start(const sink_context& context) override {
    WEIR_TRY(row_sink::start(context));
    return contents().begin(context.columns, options_.key);
  }
  status commit_rows(epoch_id epoch, std::span<const batch> rows) override {
    return contents().commit(context().query_id, options_.remembers, epoch, rows,
                             context().mode == output_mode::complete);
  }
  result<std::optional<epoch_id>> last_committed() override {
    return options_.remembers ? contents().committed(context().query_id) : std::nullopt;
  }
  bool supports(output_mode mode) const override { return !keyed() || mode != output_mode::append; }
  bool keyed() const override { return !options_.key.empty(); }
  status accepts(const schema& columns) const override {
    return keyed() ? newest_rows::make(columns, options_.key).error() : status{};
  }
  delivery guarantee() const override { return options_.remembers ? delivery::exactly_once : delivery::at_least_once; }
  bool blocking() const override { return false; }
  std::string description() const override {
    return keyed() ? "memory by key (" + listed(options_.key) + ")" : "memory";
  }

private:
  memory_output::contents& contents() const { return *options_.output.shared(); }

  sinks::memory options_;
};

}  // namespace

memory_output::memory_output() : shared_{std::make_shared<contents>()} {}

std::vector<batch> memory_output::all() const { return shared_->all(); }

result<std::shared_ptr<arrow::Table>> memory_output::to_arrow() const {
  const auto [columns, rows] = shared_->table();
  std::vector<std::shared_ptr<arrow::RecordBatch>> parts;
  for (const auto& one : rows)
    parts.push_back(one.arrow());
  auto table = arrow::Table::FromRecordBatches(parts.empty() ? columns.to_arrow() : parts[0]->schema(), parts);
  if (!table.ok())
    return status{errc::type_mismatch, "memory: the output has rows of different columns: " + table.status().message()};
  return std::move(table).ValueUnsafe();
}

std::vector<batch> memory_output::since_last() const { return shared_->since_last(); }

std::vector<batch> memory_output::last() const { return shared_->last(); }

std::vector<memory_output::epoch_rows> memory_output::epochs() const { return shared_->epochs(); }

void memory_output::clear() const { shared_->clear(); }

result<std::unique_ptr<sink>> sinks::memory::open() const {
  return std::unique_ptr<sink>{std::make_unique<memory_sink>(*this)};
}

}  // namespace weir
