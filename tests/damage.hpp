#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <weir/state/frame.hpp>

namespace weir_test {

/// Damages a file's bytes in one way or another, by a seeded choice; says in words what it did.
class damager {
public:
  explicit damager(std::uint64_t seed) : random_{seed} {}

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : static_cast<std::size_t>(random_() % limit); }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  /// `begins`: where the file's frames begin; empty: it has none.
  std::string damage(std::string bytes, const std::vector<std::size_t>& begins, std::string& what) {
    const auto ways = begins.size() > 2 ? std::size_t{9} : std::size_t{6};
    const auto at = below(bytes.size() + 1);
    const auto length = 1 + below(std::min<std::size_t>(bytes.size() - at + 1, 200));
    const auto range = std::to_string(at) + " to " + std::to_string(at + length);
    switch (below(ways)) {
    case 0:
      what += "a bit flipped in byte " + std::to_string(at);
      if (at < bytes.size())
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
      return bytes;
    case 1: what += "cut at byte " + std::to_string(at); return bytes.substr(0, at);
    case 2: what += "zeros in bytes " + range; return bytes.substr(0, at) + zeros(bytes, at, length);
    case 3: what += "without bytes " + range; return bytes.erase(at, length);
    case 4: what += "twice the bytes " + range; return bytes.insert(at, bytes.substr(at, length));
    case 5: {
      what += "bytes of chance at the end";
      for (std::size_t i = 0; i < length; ++i)
        bytes += static_cast<char>(random_());
      return bytes;
    }
    default: return damage_frames(bytes, begins, what);
    }
  }

private:
  static std::string zeros(const std::string& bytes, std::size_t at, std::size_t length) {
    const auto end = std::min(bytes.size(), at + length);
    return std::string(end - at, '\0') + bytes.substr(end);
  }
  std::string damage_frames(const std::string& bytes, const std::vector<std::size_t>& begins, std::string& what) {
    std::vector<std::string> frames;
    for (std::size_t i = 0; i < begins.size(); ++i)
      frames.push_back(bytes.substr(begins[i], (i + 1 < begins.size() ? begins[i + 1] : bytes.size()) - begins[i]));
    const auto one = below(frames.size());
    const auto other = below(frames.size());
    const auto name = std::to_string(one);
    switch (below(3)) {
    case 0:
      what += "frames " + name + " and " + std::to_string(other) + " swapped";
      std::swap(frames[one], frames[other]);
      break;
    case 1:
      what += "frame " + name + " again before frame " + std::to_string(other);
      frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(other), std::string{frames[one]});
      break;
    default:
      what += "without frame " + name;
      frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(one));
      break;
    }
    std::string made;
    for (const auto& frame : frames)
      made += frame;
    return made;
  }

  std::mt19937_64 random_;
};

/// Where the frames of a log segment begin.
inline std::vector<std::size_t> log_frames(const std::string& bytes) {
  std::vector<std::size_t> begins;
  weir::frame_reader reader{bytes};
  for (auto at = reader.at(); reader.next(); at = reader.at())
    begins.push_back(at);
  return begins;
}

}  // namespace weir_test
