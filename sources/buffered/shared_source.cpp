#include <weir/sources/buffered/shared_source.hpp>

namespace weir {

schema shared_source::schema() const { return buffer_->schema(); }

result<offset> shared_source::latest_offset(const offset& start, const read_limit& limit) {
  return buffer_->latest_offset(start, limit);
}

status shared_source::get_batch(const offset& start, const offset& end, collector& out) {
  return buffer_->get_batch(start, end, out);
}

status shared_source::start(const source_context& context) {
  WEIR_TRY(buffer_->start(context));
  return attach();
}

status shared_source::commit(const offset& end) { return buffer_->commit(end); }

void shared_source::stop() {
  detach();
  buffer_->stop();
}

void shared_source::drain() {
  detach();
  buffer_->drain();
}

std::map<std::string, std::string> shared_source::metrics() const { return buffer_->metrics(); }

bool shared_source::replayable() const { return buffer_->replayable(); }

bool shared_source::prepare_for_available_now() { return buffer_->prepare_for_available_now(); }

std::string shared_source::description() const { return buffer_->description(); }

}  // namespace weir
