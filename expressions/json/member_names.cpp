#include <weir/expressions/json/member_names.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <weir/columns/hash.hpp>

namespace weir::detail {

namespace {

constexpr std::size_t most_unwanted = 256;
constexpr std::size_t longest_unwanted = 64;

struct text_hash {
  using is_transparent = void;
  using is_avalanching = void;
  std::size_t operator()(std::string_view text) const noexcept { return hash_bytes(text); }
};

}  // namespace

struct member_names::index {
  boost::unordered_flat_map<std::string, std::uint32_t, text_hash, std::equal_to<>> places;
  std::size_t unwanted = 0;
};

member_names::member_names(const std::vector<field>& members) : index_{std::make_unique<index>()} {
  // No key is 0xff, which is not UTF-8.
  known_.push_back({"\xff", -1, start});
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto place = add(members[i].name, static_cast<int>(i));
    known_[place - 1].next = place;
  }
}

member_names::~member_names() = default;
member_names::member_names(member_names&&) noexcept = default;
member_names& member_names::operator=(member_names&&) noexcept = default;

void member_names::hide(int member) noexcept {
  for (auto& known : known_)
    if (known.member == member)
      known.member = -1;
}

std::uint32_t member_names::add(std::string_view name, int member) {
  const auto place = static_cast<std::uint32_t>(known_.size());
  known_.push_back({std::string{name}, member, start});
  index_->places.emplace(name, place);
  return place;
}

int member_names::look_up(std::string_view key, std::uint32_t& place) {
  const auto found = index_->places.find(key);
  std::uint32_t here = 0;
  if (found != index_->places.end()) {
    here = found->second;
  } else {
    if (key.size() > longest_unwanted || index_->unwanted == most_unwanted)
      return -1;
    ++index_->unwanted;
    here = add(key, -1);
  }
  known_[place].next = here;
  place = here;
  return known_[here].member;
}

}  // namespace weir::detail
