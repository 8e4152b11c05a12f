#include <weir/columns/epoch.hpp>

namespace weir {

std::string_view to_string(output_mode mode) noexcept {
  switch (mode) {
  case output_mode::append: return "append";
  case output_mode::update: return "update";
  case output_mode::complete: return "complete";
  }
  return "unknown";
}

}  // namespace weir
