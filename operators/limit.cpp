#include <weir/operators/limit.hpp>

#include <algorithm>
#include <cstring>

#include <boost/describe/class.hpp>

#include <weir/columns/key_codec.hpp>
#include <weir/columns/row_codec.hpp>

namespace weir {

namespace {

/// A state row has a key: this one is the only one there is.
struct limit_key {
  std::int32_t partition = 0;
};
BOOST_DESCRIBE_STRUCT(limit_key, (), (partition))

/// A row as make_state_schema() has it.
struct limit_state {
  std::int32_t key_group;
  bool present;
  limit_key key;
  std::int64_t rows;
};
BOOST_DESCRIBE_STRUCT(limit_state, (), (key_group, present, key, rows))

std::int32_t group_of(const limit_key& key) {
  std::string bytes(sizeof key.partition, '\0');
  std::memcpy(bytes.data(), &key.partition, bytes.size());
  return key_group(hash_bytes(bytes));
}

class limit_instance : public operator_instance {
public:
  explicit limit_instance(const limit_options& options) : most_{options.rows}, per_epoch_{options.per_epoch} {}

  status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
    metrics_.rows_in += rows.num_rows();
    const auto passing = std::clamp<std::int64_t>(most_ - passed_, 0, rows.num_rows());
    if (passing == 0)
      return {};
    passed_ += passing;
    changed_ = true;
    metrics_.rows_out += passing;
    out.emit(rows.slice(0, passing));
    return {};
  }

  result<bool> finish(const epoch_context& /*epoch*/, collector& /*out*/) override {
    if (per_epoch_)
      passed_ = 0;
    return true;
  }

  result<batch> take_changes() override {
    if (!std::exchange(changed_, false))
      return batch{};
    ++metrics_.state_rows_updated;
    row_writer<limit_state> rows;
    rows.append({group_of({}), true, {}, passed_});
    return rows.finish();
  }

  status restore(const batch& changes) override {
    const row_reader<limit_state> rows{changes};
    for (std::int64_t i = 0; i < rows.size(); ++i)
      passed_ = rows.read(i).rows;
    return {};
  }

  operator_metrics take_metrics() override {
    if (!per_epoch_ && passed_ > 0) {
      metrics_.state_rows_total = 1;
      metrics_.state_bytes = sizeof(limit_state);
    }
    return std::exchange(metrics_, {});
  }

private:
  std::int64_t most_;
  bool per_epoch_;
  std::int64_t passed_ = 0;
  bool changed_ = false;
  operator_metrics metrics_;
};

}  // namespace

result<schema> limit_operator::bind(std::span<const schema> inputs) const {
  if (options_.rows < 0)
    return status{errc::invalid_argument,
                  "limit: " + std::to_string(options_.rows) + " rows; expected 0 or a positive number"};
  return inputs[0];
}

std::unique_ptr<operator_instance> limit_operator::instantiate() const {
  return std::make_unique<limit_instance>(options_);
}

std::optional<schema> limit_operator::state_schema() const {
  if (options_.per_epoch)
    return std::nullopt;
  return row_schema<limit_state>();
}

std::map<std::string, std::string> limit_operator::fixed_settings() const {
  if (options_.per_epoch)
    return {};
  return {{"rows", std::to_string(options_.rows)}};
}

std::string limit_operator::details() const {
  return std::to_string(options_.rows) + (options_.per_epoch ? " rows of each epoch" : " rows");
}

}  // namespace weir
