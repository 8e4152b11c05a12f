// The plainest hand-written program that does the deposit job on one thread: reads the lines of a file, sums by
// session in a hash map, and writes its update rows (one for each session and 64 K lines) into a buffer. What weir is
// measured beside; no durability, no recovery.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <weir/columns/hash.hpp>

namespace {

struct hash {
  using is_transparent = void;
  using is_avalanching = void;
  std::size_t operator()(std::string_view text) const noexcept { return weir::hash_bytes(text); }
};

struct session {
  double total = 0;
  bool deposit = false;
  bool touched = false;
};

using sessions = boost::unordered_flat_map<std::string, session, hash, std::equal_to<>>;

class deposit_loop {
public:
  void line(std::string_view text) {
    const auto first = text.find(',');
    const auto second = text.find(',', first + 1);
    const auto id = text.substr(0, first);
    double amount = 0;
    std::from_chars(text.data() + first + 1, text.data() + std::min(second, text.size()), amount);
    const auto deposit = second != std::string_view::npos && text.substr(second + 1) == "true";
    auto found = sessions_.find(id);
    if (found == sessions_.end())
      found = sessions_.emplace(std::string{id}, session{}).first;
    auto& one = found->second;
    one.total += amount;
    one.deposit |= deposit;
    if (!one.touched) {
      one.touched = true;
      touched_.emplace_back(id);
    }
    if (++lines_ % (64 * 1024) == 0)
      emit();
  }
  void emit() {
    out_.clear();
    for (const auto& id : touched_) {
      const auto found = sessions_.find(id);
      out_ += id;
      out_.append(reinterpret_cast<const char*>(&found->second.total), sizeof(double));
      out_ += found->second.deposit ? '1' : '0';
      ++rows_;
      if (found->second.deposit)
        sessions_.erase(found);
      else
        found->second.touched = false;
    }
    touched_.clear();
  }
  std::size_t rows() const { return rows_; }

private:
  sessions sessions_;
  std::vector<std::string> touched_;
  std::string out_;
  std::size_t lines_ = 0;
  std::size_t rows_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: plain_loop FILE\n";
    return 2;
  }
  auto* file = std::fopen(argv[1], "rb");
  if (file == nullptr) {
    std::cerr << "plain_loop: cannot open " << argv[1] << '\n';
    return 1;
  }
  deposit_loop job;
  std::string block(1 << 20, '\0');
  std::size_t kept = 0;
  for (;;) {
    const auto got = std::fread(block.data() + kept, 1, block.size() - kept, file);
    const std::string_view text{block.data(), kept + got};
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', begin)) {
      job.line(text.substr(begin, end - begin));
      begin = end + 1;
    }
    kept = text.size() - begin;
    std::memmove(block.data(), block.data() + begin, kept);
    if (got == 0)
      break;
  }
  std::fclose(file);
  job.emit();
  std::cerr << job.rows() << " update rows\n";
}
