#include <array>
#include <cstdio>

#include <weir/expressions/arrow_call.hpp>
#include <weir/expressions/cell_column.hpp>

namespace weir::detail {

namespace {

/// splitmix64's finalizer.
std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
  return bits ^ (bits >> 31);
}

/// Bits of one call in one row: of the batch's seed, the call's number, and the row, so that the order in which rows
/// are computed does not matter.
std::uint64_t bits_of(const bound_node& call, const row_scope& scope, std::uint64_t part) {
  const auto stream = mixed(scope.context.seed + 0x9E3779B97F4A7C15U * (2 * call.ordinal + part));
  return mixed(stream + 0x9E3779B97F4A7C15U * static_cast<std::uint64_t>(scope.row + 1));
}

status rand_row(const bound_node& call, row_scope& scope, const cell* /*args*/, cell& out) {
  out = cell::of(static_cast<double>(bits_of(call, scope, 0) >> 11) * 0x1p-53);
  return {};
}

/// Version 4, variant 1.
status uuid_row(const bound_node& call, row_scope& scope, const cell* /*args*/, cell& out) {
  const auto high = (bits_of(call, scope, 0) & 0xFFFFFFFFFFFF0FFFU) | 0x4000U;
  const auto low = (bits_of(call, scope, 1) & 0x3FFFFFFFFFFFFFFFU) | 0x8000000000000000U;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08llx-%04llx-%04llx-%04llx-%012llx",
                static_cast<unsigned long long>(high >> 32), static_cast<unsigned long long>(high >> 16 & 0xFFFF),
                static_cast<unsigned long long>(high & 0xFFFF), static_cast<unsigned long long>(low >> 48),
                static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFU));
  out = cell::of(keep(std::string_view{text.data(), 36}, scope.memory));
  return {};
}

constexpr std::array entries{
    function_entry{"rand", " -> float64", "from 0 up to 1, of the batch's seed", rand_row, nullptr, nulls::never,
                   nullptr, depends::seed},
    function_entry{"uuid", " -> utf8", "a random UUID, of the batch's seed", uuid_row, nullptr, nulls::never, nullptr,
                   depends::seed},
};

}  // namespace

function_group random_functions() { return {"Chance", entries}; }

}  // namespace weir::detail
