#include <weir/stream/stream_writer.hpp>

#include <weir/stream/engine.hpp>
#include <weir/stream/lowering.hpp>

namespace weir {

template <class T>
stream_writer stream_writer::with(T query_options::*option, T value) const {
  auto changed = *this;
  changed.options_.*option = std::move(value);
  return changed;
}

stream_writer stream_writer::query_name(std::string name) const { return with(&query_options::name, std::move(name)); }

stream_writer stream_writer::output_mode(weir::output_mode mode) const { return with(&query_options::mode, mode); }

stream_writer stream_writer::trigger(weir::trigger when) const {
  return with(&query_options::trigger, std::move(when));
}

stream_writer stream_writer::checkpoint_location(std::string directory) const {
  return with(&query_options::checkpoint_location, std::move(directory));
}

stream_writer stream_writer::durability(weir::durability level) const {
  return with(&query_options::durability, level);
}

stream_writer stream_writer::partitions(int count) const { return with(&query_options::partitions, count); }

stream_writer stream_writer::idle_timeout(std::chrono::microseconds timeout) const {
  return with(&query_options::idle_timeout, std::optional{timeout});
}

stream_writer stream_writer::min_epoch_interval(std::chrono::microseconds interval) const {
  return with(&query_options::min_epoch_interval, interval);
}

stream_writer stream_writer::max_state_bytes(std::int64_t bytes) const {
  return with(&query_options::max_state_bytes, std::optional{bytes});
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
