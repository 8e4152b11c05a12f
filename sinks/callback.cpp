#include <weir/sinks/callback.hpp>

namespace weir::sinks {

namespace {

class function_sink : public row_sink {
public:
  explicit function_sink(std::function<void(epoch_id, std::span<const batch>)> function)
      : function_{std::move(function)} {}

  status commit_rows(epoch_id epoch, std::span<const batch> rows) override {
    try {
      function_(epoch, rows);
    } catch (...) {
      return current_exception_status(errc::user_function, "the sink's function threw");
    }
    return {};
  }
  std::string description() const override { return "function"; }

private:
  std::function<void(epoch_id, std::span<const batch>)> function_;
};

}  // namespace

result<std::unique_ptr<sink>> foreach_batch::open() const {
  if (!function)
    return status{errc::invalid_argument, "foreach_batch: the function cannot be null"};
  return std::unique_ptr<sink>{std::make_unique<function_sink>(function)};
}

}  // namespace weir::sinks
