#include <weir/operators/per_epoch.hpp>

namespace weir {

namespace {

class per_epoch_instance : public operator_instance {
public:
  explicit per_epoch_instance(operator_ptr inner) : inner_{std::move(inner)}, always_{inner_->key_columns(0).empty()} {}

  status open(const operator_context& context) override {
    context_ = context;
    return {};
  }

  status process(const epoch_context& epoch, int port, const batch& rows, collector& out) override {
    WEIR_TRY(begin());
    return instance_->process(epoch, port, rows, out);
  }

  status process_keyed(const epoch_context& epoch, int port, keyed_rows rows, collector& out) override {
    WEIR_TRY(begin());
    return instance_->process_keyed(epoch, port, std::move(rows), out);
  }

  result<bool> finish(const epoch_context& epoch, collector& out) override {
    if (always_ && epoch.has_data)
      WEIR_TRY(begin());
    if (instance_ == nullptr)
      return true;
    WEIR_ASSIGN(const bool complete, instance_->finish(epoch, out));
    if (complete)
      end();
    return complete;
  }

  operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

  void close() override {
    if (instance_ != nullptr)
      end();
  }

private:
  status begin() {
    if (instance_ != nullptr)
      return {};
    instance_ = inner_->instantiate();
    return instance_->open(context_);
  }

  void end() {
    metrics_ = instance_->take_metrics();
    metrics_.state_rows_total = 0;
    metrics_.state_rows_updated = 0;
    metrics_.state_rows_removed = 0;
    metrics_.state_bytes = 0;
    instance_->close();
    instance_ = nullptr;
  }

  operator_ptr inner_;
  bool always_;
  operator_context context_;
  std::unique_ptr<operator_instance> instance_;  ///< of the epoch that runs, once it has begun
  operator_metrics metrics_;
};

}  // namespace

std::unique_ptr<operator_instance> per_epoch_operator::instantiate() const {
  return std::make_unique<per_epoch_instance>(inner_);
}

std::string per_epoch_operator::details() const {
  const auto inner = inner_->details();
  return inner.empty() ? "per epoch" : inner + ", per epoch";
}

}  // namespace weir
