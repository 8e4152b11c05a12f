#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <weir/columns/hash.hpp>
#include <weir/columns/key_codec.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/operators/group_function/state_rows.hpp>
#include <weir/operators/operator.hpp>
#include <weir/state/keyed_state.hpp>

namespace weir {

/// Sets the states of a new query's groups (G12) as far as they are this partition's. Their entries are touched: they
/// are part of the first epoch, which logs them. Errors: invalid_argument at a key that is there twice.
template <class K, class S>
status add_initial_state(std::vector<std::pair<K, S>> initial, const std::vector<field>& key_fields,
                         const operator_context& context, keyed_state<S>& state) {
  key_columns_writer<K> writer{key_fields};
  for (auto& [key, value] : initial)
    writer.append_value(key);
  const auto column = detail::make_array(writer.finish());
  auto encoder = key_encoder::of_structure(key_fields);
  encoder.bind(*column);
  for (std::int64_t row = 0; row < encoder.size(); ++row) {
    const auto key = encoder.key(row);
    const auto hash = hash_bytes(key);
    if (partition_of_group(key_group(hash), context.partitions) != context.partition.value)
      continue;
    const auto entry = state.find_or_insert(key, hash);
    if (state.has_value(entry))
      return status{errc::invalid_argument, "the initial state contains several states with the same key; "
                                            "de-duplicate it before passing it"}
          .at_key(printable_key(key, key_fields));
    state.set(entry, std::move(initial[static_cast<std::size_t>(row)].second));
    state.touch(entry);
  }
  return {};
}

}  // namespace weir
