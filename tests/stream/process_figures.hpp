#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <malloc.h>
#include <unistd.h>

namespace weir_test {

/// What this process holds of the system.
struct process_figures {
  std::size_t threads = 0;
  std::size_t files = 0;
  std::int64_t resident_bytes = 0;  ///< after freed memory went back to the system

  static process_figures now() {
    malloc_trim(0);
    process_figures seen;
    seen.threads = entries("/proc/self/task");
    seen.files = entries("/proc/self/fd");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    std::ifstream{"/proc/self/statm"} >> total >> resident;
    seen.resident_bytes = resident * sysconf(_SC_PAGESIZE);
    return seen;
  }

private:
  static std::size_t entries(const char* directory) {
    return static_cast<std::size_t>(std::ranges::distance(std::filesystem::directory_iterator{directory}));
  }
};

}  // namespace weir_test
