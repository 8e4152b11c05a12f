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
  boost::unordered_flat_map<std::string, known_key*, text_hash, std::equal_to<>> keys;
  std::size_t unwanted = 0;
};

member_names::member_names() : index_{std::make_unique<index>()} {
  // No key is 0xff, which is not UTF-8.
  auto& start = keys_.emplace_back();
  start.name = "\xff";
  start.next = &start;
}

member_names::~member_names() = default;
member_names::member_names(member_names&&) noexcept = default;
member_names& member_names::operator=(member_names&&) noexcept = default;

known_key* member_names::insert(std::string_view name, json_node* node) {
  auto& key = keys_.emplace_back();
  key.name = name;
  key.node = node;
  key.next = start();
  index_->keys.emplace(name, &key);
  return &key;
}

void member_names::add(std::string_view name, json_node* node) {
  auto& before = keys_.back();
  before.next = insert(name, node);
}

known_key* member_names::look_up(std::string_view name, known_key*& place) {
  const auto found = index_->keys.find(name);
  auto* key = found == index_->keys.end() ? nullptr : found->second;
  if (key == nullptr) {
    if (name.size() > longest_unwanted || index_->unwanted == most_unwanted)
      return nullptr;
    ++index_->unwanted;
    key = insert(name, nullptr);
  }
  place->next = key;
  place = key;
  return key;
}

}  // namespace weir::detail
