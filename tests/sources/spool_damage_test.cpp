// Spool files damaged by chance: rows come again in order up to a cut tail, or the file is named; never another row.
#include "catch.hpp"

#include <cstring>

#include <weir/columns/column_reader.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/sources/buffered/spool.hpp>

#include "damage.hpp"
#include "fault_storage.hpp"
#include "test_seed.hpp"

using namespace weir;
using namespace weir_test;

namespace {

const schema columns = row_schema<std::int64_t>();

std::shared_ptr<arrow::RecordBatch> numbers(std::int64_t first, std::int64_t count) {
  row_writer<std::int64_t> rows;
  for (auto value = first; value < first + count; ++value)
    rows.append(value);
  return rows.finish().arrow();
}

/// Where the frames of a spool file begin, by the lengths in their headers.
std::vector<std::size_t> spool_frames(const std::string& bytes) {
  constexpr std::size_t header_bytes = 40;
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at + header_bytes <= bytes.size();) {
    begins.push_back(at);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + at + 8, sizeof length);
    at += header_bytes + static_cast<std::size_t>(length);
  }
  return begins;
}

/// Writes some starts' worth of rows, each row its own number; gives how many.
std::int64_t fill(const std::shared_ptr<fault_storage>& files, damager& chance) {
  std::int64_t rows = 0;
  for (auto starts = 1 + chance.below(4); starts > 0; --starts) {
    std::vector<row_buffer::piece> again;
    auto kept = spool::open(files, "spool", columns, -1, again);
    REQUIRE(kept.ok());
    for (auto appends = chance.below(6); appends > 0; --appends) {
      const auto count = 1 + static_cast<std::int64_t>(chance.below(20));
      REQUIRE((*kept)->append(rows, *numbers(rows, count)).ok());
      rows += count;
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("spool: files damaged by chance are cut at the tail or refused by name", "[damage]") {
  const auto seed = test_seed();
  auto went_on = 0;
  auto refused = 0;
  constexpr int runs = 1500;
  for (int run = 0; run < runs; ++run) {
    damager chance{seed + static_cast<std::uint64_t>(run)};
    const auto files = std::make_shared<fault_storage>();
    const auto total = fill(files, chance);
    const auto paths = files->paths();
    if (paths.empty())
      continue;
    std::string what;
    for (auto times = 1 + chance.below(2); times > 0; --times) {
      const auto& path = chance.one_of(paths);
      const auto bytes = *files->read_all(path);
      what += path + " ";
      files->overwrite(path, chance.damage(bytes, spool_frames(bytes), what));
      what += "; ";
    }
    // The log has any of the rows.
    const auto logged = static_cast<std::int64_t>(chance.below(static_cast<std::size_t>(total) + 1)) - 1;
    INFO("seed " << seed << ", run " << run << ", " << total << " rows, logged to " << logged << ": " << what);
    std::vector<row_buffer::piece> again;
    const auto kept = spool::open(files, "spool", columns, logged, again);
    if (!kept.ok()) {
      ++refused;
      CHECK((kept.error().code() == errc::corrupt_checkpoint || kept.error().code() == errc::checkpoint_mismatch));
      CHECK_THAT(kept.error().to_string(), Catch::Contains("spool/rows-"));
      continue;
    }
    ++went_on;
    auto next = logged + 1;
    for (const auto& piece : again) {
      REQUIRE(piece.first == next);
      const column_reader<std::int64_t> values{*piece.rows->column(0)};
      for (std::int64_t row = 0; row < piece.rows->num_rows(); ++row)
        REQUIRE(values.read(row) == next++);
    }
    REQUIRE(next <= std::max(total, logged + 1));
    // Numbering goes on behind them, and is there at the next start.
    REQUIRE((*kept)->append(next, *numbers(next, 3)).ok());
    std::vector<row_buffer::piece> more;
    const auto reopened = spool::open(files, "spool", columns, logged, more);
    INFO(reopened.error().to_string());
    REQUIRE(reopened.ok());
    std::int64_t rows = 0;
    for (const auto& piece : more)
      rows += piece.rows->num_rows();
    CHECK(rows == next + 3 - (logged + 1));
  }
  CHECK(went_on > runs / 20);
  CHECK(refused > runs / 20);
}
