#pragma once

#include <cstddef>
#include <string>

#include <weir/columns/column_value.hpp>

namespace weir {

/// Bytes that a value keeps on the heap, besides its own size; an estimate.
template <class T>
std::size_t heap_size(const T& value) {
  if constexpr (std::same_as<T, std::string>) {
    return value.capacity() > 15 ? value.capacity() + 1 : 0;
  } else if constexpr (detail::is_optional<T>) {
    return value ? heap_size(*value) : 0;
  } else if constexpr (detail::is_vector<T>) {
    auto total = value.capacity() * sizeof(typename T::value_type);
    if constexpr (!std::is_trivially_copyable_v<typename T::value_type>)
      for (const auto& element : value)
        total += heap_size(element);
    return total;
  } else if constexpr (detail::is_map<T>) {
    // A node and its links; what a hash table keeps besides is about as much.
    auto total = value.size() * (sizeof(typename T::value_type) + 4 * sizeof(void*));
    for (const auto& [key, mapped] : value)
      total += heap_size(key) + heap_size(mapped);
    return total;
  } else if constexpr (std::is_trivially_copyable_v<T>) {
    return 0;
  } else if constexpr (detail::described<T>) {
    std::size_t total = 0;
    boost::mp11::mp_for_each<detail::members_of<T>>([&]<class D>(D) { total += heap_size(value.*D::pointer); });
    return total;
  } else {
    return 0;
  }
}

}  // namespace weir
