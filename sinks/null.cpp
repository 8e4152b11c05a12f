#include <weir/sinks/null.hpp>

namespace weir::sinks {

namespace {

class null_sink : public sink {
public:
  status stage(epoch_id /*epoch*/, const batch& /*rows*/) override { return {}; }
  status commit(epoch_id /*epoch*/, const token& /*staged*/) override { return {}; }
  delivery guarantee() const override { return delivery::exactly_once; }
  bool blocking() const override { return false; }
  std::string description() const override { return "null"; }
};

}  // namespace

result<std::unique_ptr<sink>> null::open() const { return std::unique_ptr<sink>{std::make_unique<null_sink>()}; }

}  // namespace weir::sinks
