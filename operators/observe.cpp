#include <weir/operators/observe.hpp>

#include <algorithm>
#include <numeric>

#include <arrow/api.h>

#include <weir/operators/aggregate/accumulators.hpp>

namespace weir {

namespace {

/// All rows of an epoch are one group; slot 0 stays that of no rows.
constexpr std::uint32_t slot = 1;

result<field> result_of(const aggregate_call& call, const schema& input) {
  std::vector<field> arguments;
  for (const auto column : call.arguments) {
    if (column < 0 || static_cast<std::size_t>(column) >= input.size())
      return status{errc::invalid_argument, "observe: '" + call.name + "' is of column " + std::to_string(column) +
                                                " of (" + input.to_string() + ")"};
    arguments.push_back(input[static_cast<std::size_t>(column)]);
  }
  return aggregate_result(call.kind, arguments, call.name);
}

result<schema> row_of(const observe_options& options) {
  if (options.name.empty())
    return status{errc::invalid_argument, "observe: it has no name"};
  if (options.aggregates.empty())
    return status{errc::invalid_argument, "observe: '" + options.name + "' has no aggregate"};
  std::vector<field> fields;
  for (const auto& call : options.aggregates) {
    if (std::ranges::find(fields, call.name, &field::name) != fields.end())
      return status{errc::invalid_argument,
                    "observe: two aggregates of '" + options.name + "' are named '" + call.name + "'"};
    WEIR_ASSIGN(auto made, result_of(call, options.input));
    fields.push_back(std::move(made));
  }
  return schema{std::move(fields)};
}

class observe_instance : public operator_instance {
public:
  observe_instance(const observe_options& options, const schema& row) : name_{options.name}, row_{row.to_arrow()} {
    for (const auto& call : options.aggregates) {
      detail::accumulator_options made{call.kind, {}, call.ignore_nulls, call.max_elements};
      for (const auto column : call.arguments)
        made.arguments.push_back(options.input[static_cast<std::size_t>(column)]);
      auto values = detail::make_accumulators(made);
      values->resize(slot + 1);
      aggregates_.push_back({call.name, call.arguments, std::move(values)});
    }
  }

  status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
    const auto count = static_cast<std::size_t>(rows.num_rows());
    selection_.resize(count);
    std::iota(selection_.begin(), selection_.end(), std::uint32_t{0});
    slots_.assign(count, slot);
    std::vector<detail::column_view> arguments;
    for (const auto& one : aggregates_) {
      arguments.clear();
      for (const auto column : one.arguments)
        arguments.push_back(detail::view_of(*rows.arrow()->column_data(column)));
      if (const auto failed = one.values->update(arguments, selection_, slots_))
        return {failed->code, "observe: '" + one.name + "' of '" + name_ + "': " + failed->message};
    }
    metrics_.rows_in += rows.num_rows();
    metrics_.rows_out += rows.num_rows();
    out.emit(rows);
    return {};
  }

  result<bool> finish(const epoch_context& epoch, collector& /*out*/) override {
    if (!epoch.has_data)
      return true;
    std::vector<detail::array_data> columns;
    for (const auto& one : aggregates_) {
      columns.push_back(one.values->values({&slot, 1}));
      one.values->clear({&slot, 1});
    }
    metrics_.observed.insert_or_assign(name_, batch{arrow::RecordBatch::Make(row_, 1, std::move(columns))});
    return true;
  }

  operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

private:
  struct aggregate {
    std::string name;
    std::vector<int> arguments;
    std::unique_ptr<detail::accumulators> values;
  };

  std::string name_;
  std::shared_ptr<arrow::Schema> row_;
  std::vector<aggregate> aggregates_;
  std::vector<std::uint32_t> selection_, slots_;
  operator_metrics metrics_;
};

}  // namespace

observe_operator::observe_operator(observe_options options) : options_{std::move(options)}, row_{row_of(options_)} {}

result<schema> observe_operator::bind(std::span<const schema> inputs) const {
  if (!row_.ok())
    return row_.error();
  if (inputs[0] != options_.input)
    return status{errc::type_mismatch, "observe: expected rows of (" + options_.input.to_string() + "), got (" +
                                           inputs[0].to_string() + ")"};
  return inputs[0];
}

std::unique_ptr<operator_instance> observe_operator::instantiate() const {
  return std::make_unique<observe_instance>(options_, *row_);
}

std::string observe_operator::details() const {
  auto text = options_.name + ":";
  for (const auto& call : options_.aggregates)
    text += (&call == options_.aggregates.data() ? " " : ", ") + call.name;
  return text;
}

}  // namespace weir
