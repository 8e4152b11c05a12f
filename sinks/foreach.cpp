#include <weir/sinks/foreach.hpp>

#include <thread>

namespace weir::detail {

status run_partitions(int count, const std::function<status(int)>& run) {
  std::vector<status> outcomes(static_cast<std::size_t>(count));
  {
    std::vector<std::jthread> others;
    for (std::size_t index = 1; index < outcomes.size(); ++index)
      others.emplace_back([&, index] { outcomes[index] = run(static_cast<int>(index)); });
    outcomes[0] = run(0);
  }
  for (auto& one : outcomes)
    WEIR_TRY(std::move(one));
  return {};
}

status check_partitions(int count) {
  constexpr auto most = 256;
  if (count >= 1 && count <= most)
    return {};
  return {errc::invalid_argument,
          "foreach: partitions is " + std::to_string(count) + ", must be 1 to " + std::to_string(most)};
}

}  // namespace weir::detail
