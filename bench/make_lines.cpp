// Writes the input of the deposit job: LINES lines over KEYS sessions, one in fifty a deposit. The same lines each
// time.
#include <cstdio>
#include <cstdlib>
#include <random>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: make_lines LINES KEYS FILE\n", stderr);
    return 2;
  }
  const auto lines = std::strtoull(argv[1], nullptr, 10);
  const auto keys = std::strtoull(argv[2], nullptr, 10);
  auto* file = std::fopen(argv[3], "w");
  if (lines == 0 || keys == 0 || file == nullptr) {
    std::fprintf(stderr, "make_lines: cannot write %s lines over %s sessions to %s\n", argv[1], argv[2], argv[3]);
    return 1;
  }
  std::mt19937_64 random{7};
  for (std::uint64_t i = 0; i < lines; ++i) {
    const auto bits = random();
    std::fprintf(file, "sess-%07llu,%llu.%llu%s\n", static_cast<unsigned long long>(bits % keys),
                 static_cast<unsigned long long>((bits >> 32) % 100),
                 static_cast<unsigned long long>((bits >> 40) % 100), (bits >> 50) % 50 == 0 ? ",true" : "");
  }
  return std::fclose(file) == 0 ? 0 : 1;
}
