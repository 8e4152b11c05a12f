#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace weir_test {

/// A seed of chance, or the one that WEIR_TEST_SEED repeats; printed.
inline std::uint64_t test_seed() {
  const auto* const given = std::getenv("WEIR_TEST_SEED");
  const auto seed = given ? std::strtoull(given, nullptr, 10) : std::uint64_t{std::random_device{}()};
  std::cout << "seed " << seed << " (WEIR_TEST_SEED=" << seed << " repeats it)\n";
  return seed;
}

}  // namespace weir_test
