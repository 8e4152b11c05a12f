#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace weir_test {

/// The seed of this run: WEIR_TEST_SEED, else a new one; printed, so that a failed run can be repeated.
inline std::uint64_t run_seed() {
  const auto* given = std::getenv("WEIR_TEST_SEED");
  const auto seed = given ? std::stoull(given) : std::random_device{}();
  std::printf("seed %llu (WEIR_TEST_SEED repeats it)\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace weir_test
