#include <weir/sources/memory.hpp>

#include <charconv>

namespace weir {

namespace {

result<std::int64_t> number_of(const offset& position) {
  std::int64_t number = -1;
  const auto& text = position.json;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      error != std::errc{} || end != text.data() + text.size())
    return status{errc::checkpoint_mismatch, "memory: '" + text + "' is no offset of this source"};
  return number;
}

}  // namespace

std::int64_t memory_store::add(batch rows) {
  std::function<void()> signal;
  std::int64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = next_++;
    batches_.emplace(number, std::move(rows));
    signal = signal_;
  }
  if (signal)
    signal();
  return number;
}

void memory_store::set_freezable(bool can) {
  const std::lock_guard lock{mutex_};
  freezable_ = can;
}

std::int64_t memory_store::commits() const {
  const std::lock_guard lock{mutex_};
  return commits_;
}

std::optional<std::string> memory_store::last_offset() const {
  const std::lock_guard lock{mutex_};
  return last_offset_;
}

std::shared_ptr<memory_store> memory_store::copy() const {
  auto made = std::make_shared<memory_store>();
  const std::lock_guard lock{mutex_};
  made->batches_ = batches_;
  made->next_ = next_;
  return made;
}

class memory_source : public source {
public:
  memory_source(std::shared_ptr<memory_store> store, weir::schema columns)
      : store_{std::move(store)}, columns_{std::move(columns)} {}

  weir::schema schema() const override { return columns_; }

  /// A bounded read begins with the rows that no query has committed.
  result<offset> initial_offset() override {
    const std::lock_guard lock{store_->mutex_};
    const auto first = store_->batches_.empty() ? store_->next_ : store_->batches_.begin()->first;
    return offset{std::to_string(bounded_ ? first - 1 : -1)};
  }

  result<offset> latest_offset(const offset& start, const read_limit& limit) override {
    WEIR_ASSIGN(const auto from, number_of(start));
    const std::lock_guard lock{store_->mutex_};
    auto end = frozen_ ? std::max(from, *frozen_) : store_->next_ - 1;
    if (limit.rows) {
      // An offset is taken whole; at least one is.
      auto rows = std::int64_t{0};
      for (auto number = from + 1; number <= end; ++number) {
        const auto found = store_->batches_.find(number);
        rows += found == store_->batches_.end() ? 0 : found->second.num_rows();
        if (rows > *limit.rows && number > from + 1)
          end = number - 1;
      }
    }
    return end <= from ? start : offset{std::to_string(end)};
  }

  status get_batch(const offset& start, const offset& end, collector& out) override {
    WEIR_ASSIGN(const auto from, number_of(start));
    WEIR_ASSIGN(const auto to, number_of(end));
    for (auto number = from + 1; number <= to; ++number) {
      batch rows;
      {
        const std::lock_guard lock{store_->mutex_};
        const auto found = store_->batches_.find(number);
        if (found == store_->batches_.end())
          return {errc::source_failed, "memory: offset " + std::to_string(number) + " was committed and is gone"};
        rows = found->second;
      }
      auto origin = std::make_shared<batch_origin>();
      origin->source = name_;
      origin->rows = rows.arrow();
      origin->offset_of = [number](std::int64_t) { return std::to_string(number); };
      out.emit(batch{rows.arrow(), std::move(origin)});
    }
    return {};
  }

  status start(const source_context& context) override {
    name_ = context.name;
    if (context.bounded)
      store_ = store_->copy();
    bounded_ = context.bounded;
    const std::lock_guard lock{store_->mutex_};
    store_->signal_ = context.data_available;
    store_->last_offset_.reset();
    if (context.last_offset)
      store_->last_offset_ = context.last_offset->json;
    return {};
  }

  status commit(const offset& end) override {
    WEIR_ASSIGN(const auto number, number_of(end));
    const std::lock_guard lock{store_->mutex_};
    ++store_->commits_;
    std::erase_if(store_->batches_, [number](const auto& one) { return one.first <= number; });
    return {};
  }

  void stop() override {
    const std::lock_guard lock{store_->mutex_};
    store_->signal_ = nullptr;
  }
  void drain() override { (void)freeze(); }
  bool replayable() const override { return true; }
  bool prepare_for_available_now() override { return freeze(); }
  bool blocking() const override { return false; }
  std::string description() const override { return "memory"; }

private:
  bool freeze() {
    const std::lock_guard lock{store_->mutex_};
    frozen_ = store_->next_ - 1;
    return store_->freezable_;
  }

  std::shared_ptr<memory_store> store_;
  weir::schema columns_;
  std::string name_ = "memory";
  std::optional<std::int64_t> frozen_;
  bool bounded_ = false;
};

std::unique_ptr<source> make_memory_source(std::shared_ptr<memory_store> store, schema columns) {
  return std::make_unique<memory_source>(std::move(store), std::move(columns));
}

}  // namespace weir
