#include <weir/stream/stream_writer.hpp>

#include <weir/stream/engine.hpp>
#include <weir/stream/lowering.hpp>

namespace weir {

stream_writer stream_writer::query_name(std::string name) && {
  options_.name = std::move(name);
  return std::move(*this);
}

stream_writer stream_writer::output_mode(weir::output_mode mode) && {
  options_.mode = mode;
  return std::move(*this);
}

stream_writer stream_writer::trigger(weir::trigger when) && {
  options_.trigger = when;
  return std::move(*this);
}

stream_writer stream_writer::checkpoint_location(std::string directory) && {
  options_.checkpoint_location = std::move(directory);
  return std::move(*this);
}

stream_writer stream_writer::durability(weir::durability level) && {
  options_.durability = level;
  return std::move(*this);
}

stream_writer stream_writer::partitions(int count) && {
  options_.partitions = count;
  return std::move(*this);
}

stream_writer stream_writer::min_epoch_interval(std::chrono::microseconds interval) && {
  options_.min_epoch_interval = interval;
  return std::move(*this);
}

stream_writer stream_writer::max_state_bytes(std::int64_t bytes) && {
  options_.max_state_bytes = bytes;
  return std::move(*this);
}

stream_writer stream_writer::options(query_options all) && {
  options_ = std::move(all);
  return std::move(*this);
}

streaming_query stream_writer::start_any(any_sink target) {
  return engine_->start(options_, {{plan_, std::move(target)}});
}

std::string stream_writer::explain_any(any_sink target) const {
  return weir::explain(lower({{plan_, std::move(target)}}, options_));
}

std::string stream_writer::dot_any(any_sink target) const {
  return weir::to_dot(lower({{plan_, std::move(target)}}, options_));
}

}  // namespace weir
