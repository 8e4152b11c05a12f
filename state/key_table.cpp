#include <weir/state/key_table.hpp>

namespace weir {

const char* key_arena::put(std::string_view key) {
  const auto size = rounded(key.size());
  const auto index = size / 8;
  bytes_ += size;
  char* at = nullptr;
  if (index < free_.size() && !free_[index].empty()) {
    at = free_[index].back();
    free_[index].pop_back();
  } else if (size > chunk_bytes / 4) {
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    at = chunks_.back().get();
  } else {
    if (left_ < size) {
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(chunk_bytes));
      next_ = chunks_.back().get();
      left_ = chunk_bytes;
    }
    at = next_;
    next_ += size;
    left_ -= size;
  }
  std::memcpy(at, key.data(), key.size());
  return at;
}

void key_arena::free(const char* at, std::size_t size) {
  const auto whole = rounded(size);
  bytes_ -= whole;
  const auto index = whole / 8;
  if (index >= free_.size())
    free_.resize(index + 1);
  free_[index].push_back(const_cast<char*>(at));
}

}  // namespace weir
