#include "catch.hpp"

#include <limits>
#include <random>

#include <arrow/api.h>

#include <weir/sources/buffered/line_cutter.hpp>

namespace {

constexpr auto endless = std::numeric_limits<std::int64_t>::max();

std::vector<std::string> values(const arrow::RecordBatch& rows) {
  auto out = std::vector<std::string>{};
  const auto& column = static_cast<const arrow::StringArray&>(*rows.column(0));
  for (std::int64_t row = 0; row < rows.num_rows(); ++row)
    out.emplace_back(column.GetView(row));
  return out;
}

std::vector<std::string> cut_all(std::string_view text, weir::line_cutter::options options = {}) {
  auto lines = weir::line_cutter{options};
  const auto taken = lines.cut(text, endless);
  REQUIRE(taken.ok());
  return values(**lines.finish());
}

}  // namespace

TEST_CASE("lines are cut at line feeds and lose a carriage return") {
  CHECK(cut_all("a\nbc\r\n\n\r\nd\re\nrest") == std::vector<std::string>{"a", "bc", "", "", "d\re"});
  CHECK(cut_all("") == std::vector<std::string>{});
}

TEST_CASE("any text comes out as a plain loop cuts it, however it is fed") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  auto random = std::mt19937{seed};
  for (int round = 0; round < 200; ++round) {
    auto text = std::string{};
    const auto size = std::uniform_int_distribution<std::size_t>{0, 3000}(random);
    const auto width = std::uniform_int_distribution<int>{1, 120}(random);
    while (text.size() < size)
      text += std::uniform_int_distribution<int>{0, width}(random) == 0 ? '\n' : static_cast<char>('a' + random() % 26);
    auto expected = std::vector<std::string>{};
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
      expected.push_back(text.substr(at, end - at));
    auto lines = weir::line_cutter{{}};
    auto actual = std::vector<std::string>{};
    auto begin = std::size_t{0};
    auto scanned = std::size_t{0};
    for (std::size_t end = 0; end < text.size();) {
      end = std::min(text.size(), end + std::uniform_int_distribution<std::size_t>{1, 300}(random));
      const auto most = std::uniform_int_distribution<std::int64_t>{1, 5}(random);
      for (;;) {
        const auto taken = lines.cut(std::string_view{text}.substr(begin, end - begin), most, scanned);
        REQUIRE(taken.ok());
        REQUIRE(lines.rows() <= most);
        begin += *taken;
        scanned = 0;
        if (lines.rows() == 0)
          break;
        for (auto& line : values(**lines.finish()))
          actual.push_back(std::move(line));
      }
      scanned = end - begin;
    }
    CHECK(actual == expected);
  }
}

TEST_CASE("a batch holds at most 16 Ki rows and 1 MiB of text") {
  auto lines = weir::line_cutter{{}};
  const auto empty = std::string(20'000, '\n');
  CHECK(*lines.cut(empty, endless) == 16 * 1024);
  CHECK(lines.full());
  CHECK((*lines.finish())->num_rows() == 16 * 1024);
  const auto wide = std::string(400'000, 'x') + "\n";
  CHECK(*lines.cut(wide + wide + wide, endless) == 2 * wide.size());
  CHECK((*lines.finish())->num_rows() == 2);
}

TEST_CASE("a line over the limit is refused, also before its end is known; one of exactly the limit is not") {
  const auto limit = weir::line_cutter::options{.max_line_bytes = 100};
  const auto fits = std::string(100, 'x');
  for (const auto* end : {"\n", "\r\n"}) {
    auto lines = weir::line_cutter{limit};
    CHECK(*lines.cut(fits + end, endless) == fits.size() + std::string_view{end}.size());
    CHECK(values(**lines.finish()) == std::vector<std::string>{fits});
  }
  auto lines = weir::line_cutter{limit};
  CHECK(*lines.cut("a\n" + fits + "x\n", endless) == 2);
  const auto refused = lines.cut(fits + "x\n", endless);
  CHECK(refused.error().code() == weir::errc::line_too_long);
  CHECK(refused.error().message().find("100") != std::string::npos);
  CHECK(lines.cut(fits + "xx", endless).error().code() == weir::errc::line_too_long);
  CHECK(*lines.cut(fits + "\r", endless) == 0);
}

TEST_CASE("bytes that are not UTF-8 are replaced and counted, or refused") {
  auto lines = weir::line_cutter{{}};
  REQUIRE(lines.cut("gr\xC3\xBC\xC3\x9F\n\xFFx\nab\n", endless).ok());
  CHECK(values(**lines.finish()) == std::vector<std::string>{"grüß", "\uFFFDx", "ab"});
  CHECK(lines.replaced() == 1);
  SECTION("a character that is whole only across a line end") {
    REQUIRE(lines.cut("a\xC3\n\xA9z\n", endless).ok());
    CHECK(values(**lines.finish()) == std::vector<std::string>{"a\uFFFD", "\uFFFDz"});
    CHECK(lines.replaced() == 3);
  }
  SECTION("refused") {
    auto strict = weir::line_cutter{{.invalid = weir::invalid_utf8::refuse}};
    REQUIRE(strict.cut("ok\n\xFF\n", endless).ok());
    CHECK(strict.finish().error().code() == weir::errc::invalid_row);
  }
}
