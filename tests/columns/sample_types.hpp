#pragma once

#include <string>
#include <utility>
#include <vector>

#include <weir/columns/schema.hpp>

#include "sample_rows.hpp"

namespace sample {

/// A type of random shape, at most `depth` levels of structures, lists and maps deep.
inline weir::data_type random_type(generator& random, int depth) {
  const std::vector<weir::data_type> basic{weir::boolean, weir::int8,      weir::int16,          weir::int32,
                                           weir::int64,   weir::float32,   weir::float64,        weir::utf8,
                                           weir::binary,  weir::date_type, weir::timestamp_type, weir::duration_type};
  const auto pick = random.below(basic.size() + (depth > 0 ? 4 : 1));
  if (pick < basic.size())
    return basic[pick];
  switch (pick - basic.size()) {
  case 0: {
    const auto precision = 1 + static_cast<int>(random.below(38));
    return weir::decimal_of(precision, static_cast<int>(random.below(static_cast<std::size_t>(precision) + 1)));
  }
  case 1: return weir::list_of({"item", random_type(random, depth - 1), random.coin()});
  case 2: {
    auto key = random_type(random, depth - 1);
    return weir::map_of(key, {"value", random_type(random, depth - 1), random.coin()});
  }
  default: break;
  }
  std::vector<weir::field> members;
  for (auto n = 1 + random.below(4); n > 0; --n)
    members.push_back({"m" + std::to_string(n), random_type(random, depth - 1), random.coin()});
  return weir::struct_of(std::move(members));
}

}  // namespace sample
