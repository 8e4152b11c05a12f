#include <weir/stream/stream_writer.hpp>

#include <weir/stream/engine.hpp>
#include <weir/stream/lowering.hpp>

namespace weir {

stream_writer stream_writer::query_name(std::string name) const {
  auto changed = *this;
  changed.options_.name = std::move(name);
  return changed;
}

stream_writer stream_writer::output_mode(weir::output_mode mode) const {
  auto changed = *this;
  changed.options_.mode = mode;
  return changed;
}

stream_writer stream_writer::trigger(weir::trigger when) const {
  auto changed = *this;
  changed.options_.trigger = std::move(when);
  return changed;
}

stream_writer stream_writer::checkpoint_location(std::string directory) const {
  auto changed = *this;
  changed.options_.checkpoint_location = std::move(directory);
  return changed;
}

stream_writer stream_writer::durability(weir::durability level) const {
  auto changed = *this;
  changed.options_.durability = level;
  return changed;
}

stream_writer stream_writer::partitions(int count) const {
  auto changed = *this;
  changed.options_.partitions = count;
  return changed;
}

stream_writer stream_writer::min_epoch_interval(std::chrono::microseconds interval) const {
  auto changed = *this;
  changed.options_.min_epoch_interval = interval;
  return changed;
}

stream_writer stream_writer::max_state_bytes(std::int64_t bytes) const {
  auto changed = *this;
  changed.options_.max_state_bytes = bytes;
  return changed;
}

stream_writer stream_writer::options(query_options all) const {
  auto changed = *this;
  changed.options_ = std::move(all);
  return changed;
}

streaming_query stream_writer::start_any(any_sink target) const {
  return engine_->start(options_, {{plan_, std::move(target)}});
}

std::string stream_writer::explain_any(any_sink target) const {
  return weir::explain(lower({{plan_, std::move(target)}}, options_));
}

std::string stream_writer::dot_any(any_sink target) const {
  return weir::to_dot(lower({{plan_, std::move(target)}}, options_));
}

}  // namespace weir
