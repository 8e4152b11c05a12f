#include <weir/sources/source.hpp>

namespace weir {

status source::start(const source_context& /*context*/) { return {}; }

result<offset> source::initial_offset() { return offset{"-1"}; }

status source::commit(const offset& /*end*/) { return {}; }

void source::stop() {}

void source::drain() {}

std::map<std::string, std::string> source::metrics() const { return {}; }

std::map<std::string, std::string> source::fixed_settings() const { return {}; }

bool source::replayable() const { return false; }

bool source::prepare_for_available_now() { return false; }

bool source::blocking() const { return true; }

}  // namespace weir
