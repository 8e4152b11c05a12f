#include <weir/stream/foreach_batch.hpp>

#include <arrow/record_batch.h>

#include <weir/sources/batches.hpp>
#include <weir/stream/engine.hpp>

namespace weir {

sinks::foreach_batch foreach_batch(engine& on, std::function<void(const dataframe& rows, epoch_id epoch)> function) {
  if (!function)
    return {};  // refused where it is opened
  return {[&on, function = std::move(function)](epoch_id epoch, std::span<const batch> rows) {
    if (rows.empty())
      return;
    auto columns = schema::from_arrow(*rows.front().arrow()->schema());
    if (!columns.ok())
      throw analysis_error{columns.error()};
    function(on.read(sources::batches{.rows = {rows.begin(), rows.end()}, .columns = std::move(*columns)}), epoch);
  }};
}

}  // namespace weir
