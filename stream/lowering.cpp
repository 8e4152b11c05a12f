#include <weir/stream/lowering.hpp>

#include <algorithm>
#include <map>
#include <set>

#include <weir/columns/hash.hpp>
#include <weir/operators/late_rows.hpp>
#include <weir/stream/analysis.hpp>
#include <weir/stream/errors.hpp>
#include <weir/stream/expression_steps.hpp>
#include <weir/stream/naming.hpp>
#include <weir/stream/optimizer.hpp>

namespace weir {

namespace {

schema value_of(result<schema> bound) {
  if (!bound.ok())
    throw analysis_error{bound.error()};
  return std::move(*bound);
}

/// Walks plans from their sources on and makes a node of each step, once.
class lowerer {
public:
  explicit lowerer(const query_options& options) : options_{options} {}

  void add_output(const plan_output& output, output_mode mode) {
    add_sink(output.target, {visit(output.plan), 0, 0}, mode);
  }

  std::vector<execution_node> take() {
    // Refused and late rows are appended, whatever the query's mode.
    for (auto& [input, sink] : side_sinks_)
      add_sink(std::move(sink), input, output_mode::append);
    return std::move(nodes_);
  }

private:
  int visit(const plan_ptr& plan) {
    if (const auto known = indexes_.find(plan.get()); known != indexes_.end())
      return known->second;
    execution_node node;
    for (std::size_t port = 0; port < plan->inputs.size(); ++port)
      node.inputs.push_back({visit(plan->inputs[port]), 0, static_cast<int>(port)});
    node.name = name_of(plan->full_name);
    node.output = plan->output;
    if (plan->source)
      open_source(node, *plan);
    else
      make_step(node, *plan);
    const auto index = static_cast<int>(nodes_.size());
    nodes_.push_back(std::move(node));
    indexes_[plan.get()] = index;
    kept_.push_back(plan);
    if (plan->options.on_error == error_policy::dead_letter && plan->options.dead_letters) {
      auto sink = *plan->options.dead_letters;
      sink.name = nodes_.back().name + ".dead_letter";
      side_sinks_.emplace_back(execution_edge{index, 1, 0}, std::move(sink));
    }
    if (plan->options.late_rows)
      add_late_rows(*plan, index);
    return index;
  }

  /// A step with late rows gives them on a side output; what another drops is found beside it, from the same rows.
  void add_late_rows(const plan_node& plan, int step) {
    const auto& dropping = nodes_[static_cast<std::size_t>(step)];
    const auto late = dropping.description->side_output(late_rows_port);
    if (!late && plan.aggregation)
      throw analysis_error{status{errc::unsupported,
                                  "late_rows: nothing is late for this aggregation: it is not by the event time, or "
                                  "the output mode is complete"}
                               .at_operator(dropping.name)};
    execution_node node;
    node.name = name_of(dropping.name + ".late");
    if (late) {
      node.inputs = {{step, late_rows_port, 0}};
      add_projection(node, *late, plan);
    } else {
      const auto& input = *plan.inputs.front();
      node.inputs = {dropping.inputs.front()};
      node.output = input.output;
      node.description = std::make_shared<late_rows_operator>(input.event_time);
    }
    auto sink = *plan.options.late_rows;
    sink.name = dropping.name + ".late_rows";
    side_sinks_.emplace_back(execution_edge{static_cast<int>(nodes_.size()), 0, 0}, std::move(sink));
    nodes_.push_back(std::move(node));
  }

  /// The columns that the user's rows had, without what an aggregation computed of them.
  static void add_projection(execution_node& node, const schema& late, const plan_node& plan) {
    projection_step step;
    const auto& computed = plan.aggregation ? plan.aggregation->computed : std::vector<std::string>{};
    for (const auto& one : late.fields())
      if (std::ranges::find(computed, one.name) == computed.end())
        step.columns.push_back(col(one.name));
    auto description = std::make_shared<projection_operator>(late, std::vector{std::move(step)});
    node.output = value_of(description->bind(std::vector{late}));
    node.description = std::move(description);
  }

  void open_source(execution_node& node, const plan_node& plan) {
    node.part = execution_node::role::source;
    auto opened = plan.source->open();
    if (!opened.ok())
      throw analysis_error{opened.error().at_operator(node.name)};
    node.reader = std::move(*opened);
    node.limit = plan.limit;
  }

  void make_step(execution_node& node, const plan_node& plan) {
    node.part = execution_node::role::operation;
    auto options = plan.options;
    options.mode = options_.mode;
    node.description = plan.make(options);
    // The mode is known now, and may be refused.
    std::vector<schema> inputs;
    for (const auto& input : plan.inputs)
      inputs.push_back(input->output);
    if (const auto bound = node.description->bind(inputs); !bound.ok())
      throw analysis_error{bound.error().at_operator(node.name)};
    if (!node.description->key_columns(0).empty())
      node.partitions = options_.partitions;
  }

  void add_sink(any_sink target, execution_edge input, output_mode mode) {
    execution_node node;
    node.part = execution_node::role::sink;
    node.name = name_of(target.name);
    node.inputs = {input};
    const auto& from = nodes_[static_cast<std::size_t>(input.from)];
    node.output =
        input.from_port == 0 ? from.output : from.description->side_output(input.from_port).value_or(schema{});
    node.writer = open_sink(target, node.name, node.output, mode);
    node.mode = mode;
    nodes_.push_back(std::move(node));
  }

  const std::string& name_of(const std::string& full) {
    if (!names_.insert(full).second)
      throw analysis_error{{errc::invalid_argument, "two steps of the query are named '" + full + "'"}};
    return full;
  }

  const query_options& options_;
  std::vector<execution_node> nodes_;
  std::map<const plan_node*, int> indexes_;
  std::vector<plan_ptr> kept_;
  std::set<std::string> names_;
  std::vector<std::pair<execution_edge, any_sink>> side_sinks_;  ///< refused and late rows
};

void check_options(const query_options& options) {
  const auto refuse = [](std::string message) { throw analysis_error{{errc::invalid_argument, std::move(message)}}; };
  if (options.partitions < 1 || options.partitions > key_groups)
    refuse("partitions is " + std::to_string(options.partitions) + ", must be 1 to " + std::to_string(key_groups));
  if (auto usable = options.trigger.check(); !usable.ok())
    throw analysis_error{std::move(usable)};
  if (options.idle_timeout && options.idle_timeout->count() <= 0)
    refuse("idle_timeout should be positive");
  if (options.min_epoch_interval.count() < 0)
    refuse("min_epoch_interval should not be negative");
  if (options.max_state_bytes && *options.max_state_bytes <= 0)
    refuse("max_state_bytes is " + std::to_string(*options.max_state_bytes) + ", must be positive");
}

}  // namespace

std::shared_ptr<sink> open_sink(const any_sink& target, const std::string& name, const schema& columns,
                                output_mode mode) {
  auto opened = target.open();
  if (!opened.ok())
    throw analysis_error{opened.error().at_operator(name)};
  if (!(*opened)->supports(mode))
    throw analysis_error{status{errc::unsupported, "sink " + (*opened)->description() +
                                                       " does not support output mode " + std::string{to_string(mode)}}
                             .at_operator(name)};
  if (auto fits = (*opened)->accepts(columns); !fits.ok())
    throw analysis_error{std::move(fits).at_operator(name)};
  return std::move(*opened);
}

execution_graph settings_of(const query_options& options) {
  check_options(options);
  execution_graph graph;
  graph.name = options.name;
  graph.mode = options.mode;
  graph.when = options.trigger;
  graph.checkpoint_location = options.checkpoint_location;
  graph.durability = options.durability;
  graph.policy = options.watermarks;
  graph.idle_timeout = options.idle_timeout;
  graph.min_epoch_interval = options.min_epoch_interval;
  graph.max_state_bytes = options.max_state_bytes;
  graph.snapshot_log_bytes = options.snapshot_log_bytes;
  graph.pipelining = options.pipelining;
  graph.empty_epochs = options.empty_epochs;
  graph.seed = options.seed;
  return graph;
}

execution_graph lower(const std::vector<plan_output>& outputs, const query_options& options) {
  auto graph = settings_of(options);
  if (outputs.empty())
    throw analysis_error{{errc::invalid_argument, "a query needs at least one sink"}};
  lowerer lowering{options};
  auto plans = with_names(outputs);
  if (options.optimize) {
    auto written = plan_text(plans, options.mode);
    plans = optimized(plans);
    if (plan_text(plans, options.mode) != written)
      graph.as_written = std::move(written);
  }
  for (const auto& output : plans)
    lowering.add_output(output, options.mode);
  graph.nodes = lowering.take();
  check_support(graph);
  return graph;
}

execution_graph lower_bounded(const plan_output& output) {
  query_options options;
  options.mode = output_mode::complete;  // the whole result, once
  options.trigger = trigger::once();
  auto mode = output_mode::append;
  if (const auto opened = output.target.open(); opened.ok())
    for (const auto other : {output_mode::complete, output_mode::update, output_mode::append})
      if ((*opened)->supports(other))
        mode = other;
  auto graph = settings_of(options);
  graph.bounded = true;
  lowerer lowering{options};
  for (const auto& named : optimized(with_names({output})))
    lowering.add_output(named, mode);
  graph.nodes = lowering.take();
  return graph;
}

}  // namespace weir
