#include <weir/sources/random_alpha.hpp>

namespace weir::sources {

namespace {

class random_alpha_source : public typed_source<random_alpha_row> {
public:
  explicit random_alpha_source(std::chrono::microseconds interval) : interval_{interval} {}
  std::string description() const override { return "random_alpha"; }

protected:
  status run(std::stop_token stop) override {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::mt19937_64 random{context().seed};
    std::uniform_int_distribution<std::size_t> pick{0, letters.size() - 1};
    std::mutex mutex;
    std::condition_variable_any pause;
    std::unique_lock lock{mutex};
    while (!stop.stop_requested()) {
      if (!emit({context().time->now(), std::string{letters[pick(random)]}}))
        break;
      pause.wait_for(lock, stop, interval_, [] { return false; });  // ends at once when stop is requested
    }
    return {};
  }

private:
  std::chrono::microseconds interval_;
};

}  // namespace

result<std::unique_ptr<source>> random_alpha::open() const {
  WEIR_TRY(check_positive(kind(), "interval", interval.count()));
  return std::unique_ptr<source>{std::make_unique<random_alpha_source>(interval)};
}

}  // namespace weir::sources
