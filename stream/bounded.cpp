#include <weir/stream/bounded.hpp>

#include <iostream>
#include <string>

#include <arrow/table.h>

#include <weir/sinks/console.hpp>
#include <weir/stream/engine.hpp>
#include <weir/stream/lowering.hpp>

namespace weir {

namespace {

struct gathered {
  std::vector<batch> rows;
  std::int64_t count = 0;
  std::int64_t limit = 0;  ///< rows wanted; negative: all
};

/// Keeps the rows that somebody waits for.
class gathering_sink : public row_sink {
public:
  explicit gathering_sink(std::shared_ptr<gathered> into) : into_{std::move(into)} {}

  status commit_rows(epoch_id /*epoch*/, std::span<const batch> rows) override {
    for (const auto& one : rows) {
      if (into_->limit >= 0 && into_->count >= into_->limit)
        return {};
      into_->rows.push_back(one);
      into_->count += one.num_rows();
    }
    return {};
  }
  bool blocking() const override { return false; }
  std::string description() const override { return "collect"; }

private:
  std::shared_ptr<gathered> into_;
};

any_sink gathering(const std::shared_ptr<gathered>& into) {
  any_sink made;
  made.kind = "collect";
  made.open = [into]() -> result<std::unique_ptr<sink>> {
    return std::unique_ptr<sink>{std::make_unique<gathering_sink>(into)};
  };
  return made;
}

/// The first rows of the plan's, and perhaps some more.
std::vector<batch> gather(const plan_ptr& plan, engine& on, std::int64_t limit) {
  const auto into = std::make_shared<gathered>();
  into->limit = limit;
  on.run(lower_bounded({plan, gathering(into)}));
  return std::move(into->rows);
}

const plan_node& source_of(const plan_node& node) { return node.source ? node : source_of(*node.inputs.front()); }

}  // namespace

namespace detail {

plan_ptr bounded_source_plan(any_source description) {
  if (!description.bounded)
    throw analysis_error{{errc::unsupported, description.kind + ": the rows of this source never end, so it cannot be "
                                                                "read to its end: use read_stream()"}};
  auto node = std::make_shared<plan_node>(*source_plan(std::move(description), {}));
  node->bounded = true;
  return node;
}

void require_streaming(const plan_ptr& plan) {
  if (plan->bounded)
    throw analysis_error{{errc::unsupported, "queries without streaming sources cannot be executed with "
                                             "write_stream().start(): use read_stream(), or write(), collect(), "
                                             "to_arrow() or show()"}};
}

void require_bounded(const plan_ptr& plan, const char* action) {
  if (!plan->bounded)
    throw analysis_error{{errc::unsupported, std::string{action} +
                                                 ": queries with streaming sources must be executed with "
                                                 "write_stream().start() (source " +
                                                 source_of(*plan).kind + "); engine.read() gives bounded rows"}};
}

}  // namespace detail

std::vector<batch> collect_batches(const plan_ptr& plan, engine& on) {
  detail::require_bounded(plan, "collect");
  return gather(plan, on, -1);
}

std::shared_ptr<arrow::Table> collect_table(const plan_ptr& plan, engine& on) {
  detail::require_bounded(plan, "to_arrow");
  const auto rows = gather(plan, on, -1);
  std::vector<std::shared_ptr<arrow::RecordBatch>> parts;
  for (const auto& one : rows)
    parts.push_back(one.arrow());
  auto table = arrow::Table::FromRecordBatches(parts.empty() ? plan->output.to_arrow() : parts[0]->schema(), parts);
  if (!table.ok())
    throw query_error{from_arrow(table.status(), "to_arrow"), {}, {}};
  return std::move(table).ValueUnsafe();
}

void show_rows(const plan_ptr& plan, engine& on, std::int64_t rows, bool truncate, std::ostream& out) {
  constexpr std::size_t cell = 20;
  detail::require_bounded(plan, "show");
  if (rows <= 0)
    throw analysis_error{{errc::invalid_argument, "show: rows is " + std::to_string(rows) + ", must be positive"}};
  // One more tells that there are more.
  out << weir::show(plan->output, gather(plan, on, rows + 1), rows, truncate ? cell : 0) << std::endl;
}

void write_rows(const plan_ptr& plan, engine& on, any_sink target) {
  detail::require_bounded(plan, "write");
  on.run(lower_bounded({plan, std::move(target)}));
}

std::ostream& standard_output() { return std::cout; }

}  // namespace weir
