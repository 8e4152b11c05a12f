#include <weir/state/directory_checkpoint.hpp>

#include <limits>

namespace weir {

status directory_checkpoint::open_as_left(access wanted, log_visitor* visitor) {
  WEIR_ASSIGN(const auto directory_there, files_->exists(options_.directory));
  if (!directory_there)
    return {errc::io_error, options_.directory + " does not exist"};
  WEIR_ASSIGN(const auto there, files_->exists(path("metadata")));
  if (!there)
    return {errc::io_error, options_.directory + " is no checkpoint: " + path("metadata") + " is missing"};
  if (wanted == access::write) {
    WEIR_ASSIGN(lock_, files_->lock(path("lock"), options_.owner));
    // The plan file has the names of the state's columns, but not what a snapshot of them would need.
    options_.snapshot_log_bytes = std::numeric_limits<std::uint64_t>::max();
  }
  WEIR_TRY(read_metadata());

  log_contents contents;
  WEIR_ASSIGN(const auto log_there, files_->exists(path("log")));
  if (log_there) {
    WEIR_ASSIGN(contents, read_log(*files_, path("log"), query_id_, visitor));
  }
  take_recovered(contents);
  WEIR_ASSIGN(const auto plan_there, files_->exists(path("plan")));
  if (plan_there) {
    WEIR_ASSIGN(const auto text, files_->read_all(path("plan")));
    auto plan = plan_from_json(text);
    if (!plan.ok())
      return plan.error().at_operator(path("plan"));
    recorded_plan_ = std::move(*plan);
  } else if (recovered_.last) {
    return {errc::corrupt_checkpoint, path("plan") + " is missing"};
  }
  for (const auto& entry : recorded_plan_)
    if (entry.stateful)
      stateful_.push_back(entry.name);
  take_since(recorded_plan_);
  return wanted == access::write ? go_on_after(contents) : take_places(contents);
}

}  // namespace weir
