#include <weir/operators/aggregate/accumulators.hpp>

namespace weir::detail {

std::unique_ptr<accumulators> make_accumulators(const accumulator_options& options) {
  switch (options.kind) {
  case aggregate_kind::count:
  case aggregate_kind::sum:
  case aggregate_kind::avg:
  case aggregate_kind::stddev:
  case aggregate_kind::stddev_pop:
  case aggregate_kind::variance:
  case aggregate_kind::var_pop: return make_arithmetic(options);
  case aggregate_kind::min:
  case aggregate_kind::max: return make_extremes(options);
  case aggregate_kind::first:
  case aggregate_kind::last:
  case aggregate_kind::max_by:
  case aggregate_kind::min_by: return make_picks(options);
  case aggregate_kind::collect_list:
  case aggregate_kind::collect_set: return make_collections(options);
  }
  return nullptr;
}

}  // namespace weir::detail
