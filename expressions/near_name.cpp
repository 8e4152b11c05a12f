#include <weir/expressions/near_name.hpp>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <string>
#include <vector>

namespace weir::detail {

namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> names) {
  const auto wanted = lower(name);
  std::string_view nearest;
  auto best = std::min(name.size() / 3 + 2, std::max<std::size_t>(name.size(), 1));
  for (const auto one : names) {
    const auto far = distance(wanted, lower(one));
    if (far < best) {
      best = far;
      nearest = one;
    }
  }
  return nearest;
}

status unknown_name(std::string_view what, std::string_view name, std::span<const field> fields) {
  std::vector<std::string_view> names;
  std::string list;
  for (const auto& one : fields) {
    names.push_back(one.name);
    list.append(list.empty() ? "" : ", ").append(one.name);
  }
  const auto nearest = nearest_name(name, names);
  auto text = std::string{what} + " '" + std::string{name} + "'";
  text += nearest.empty() ? "" : "; did you mean '" + std::string{nearest} + "'?";
  return {errc::unknown_column, text + (nearest.empty() ? "; there are: " : " There are: ") + list};
}

}  // namespace weir::detail
