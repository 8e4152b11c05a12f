#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/json/from_string.h>

#include <weir/columns/display.hpp>
#include <weir/columns/schema.hpp>
#include <weir/operators/operator.hpp>

namespace weir_test {

/// Rows as a JSON array of arrays: rows_of({{"id", weir::int64}, {"name", weir::utf8}}, R"([[1, "a"], [2, null]])").
inline weir::batch rows_of(const weir::schema& columns, const std::string& json) {
  const auto type = columns.to_arrow();
  const auto made = arrow::json::ArrayFromJSONString(arrow::struct_(type->fields()), json).ValueOrDie();
  const auto& rows = static_cast<const arrow::StructArray&>(*made);
  return weir::batch{arrow::RecordBatch::Make(type, rows.length(), rows.fields())};
}

/// Each row's cells as Spark shows them, a space between.
inline std::vector<std::string> texts(const weir::batch& rows) {
  std::vector<std::string> out;
  for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
    out.emplace_back();
    for (int column = 0; column < rows.arrow()->num_columns(); ++column)
      out.back() += (column > 0 ? " " : "") + weir::display_cell(rows, column, row);
  }
  return out;
}

/// Keeps what is emitted, by port; full once `credit` rows came since the last empty().
class kept_rows : public weir::collector {
public:
  explicit kept_rows(std::int64_t credit = 1'000'000) : credit_{credit} {}

  void emit(weir::batch rows, int port) override {
    since_ += rows.num_rows();
    batches[port].push_back(std::move(rows));
  }
  bool full() const override { return since_ >= credit_; }
  void grant() { since_ = 0; }
  std::vector<std::string> rows(int port = 0) const {
    std::vector<std::string> all;
    if (const auto found = batches.find(port); found != batches.end())
      for (const auto& one : found->second)
        for (auto& text : texts(one))
          all.push_back(std::move(text));
    return all;
  }

  std::map<int, std::vector<weir::batch>> batches;

private:
  std::int64_t credit_;
  std::int64_t since_ = 0;
};

/// The first error on the way, or ok: rows of ports in order, then finish() until it is complete.
inline weir::status run_epoch(weir::operator_instance& instance, const std::vector<std::pair<int, weir::batch>>& rows,
                              kept_rows& out, const weir::epoch_context& epoch = {}) {
  for (const auto& [port, one] : rows)
    WEIR_TRY(instance.process(epoch, port, one, out));
  for (;;) {
    out.grant();
    WEIR_ASSIGN(const bool complete, instance.finish(epoch, out));
    if (complete)
      return {};
  }
}

/// What an epoch of these rows, of port 0, gives. Throws the error's text.
inline std::vector<std::string> epoch_rows(weir::operator_instance& instance, const std::vector<weir::batch>& rows,
                                           const weir::epoch_context& epoch = {}) {
  kept_rows out;
  std::vector<std::pair<int, weir::batch>> ported;
  for (const auto& one : rows)
    ported.emplace_back(0, one);
  if (const auto done = run_epoch(instance, ported, out, epoch); !done.ok())
    throw std::runtime_error{done.to_string()};
  return out.rows();
}

}  // namespace weir_test
