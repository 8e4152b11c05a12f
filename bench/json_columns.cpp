// JSON documents of five fields (a bid) to columns, beside Boost.JSON's push parser with a handler that does nothing,
// over the same documents in the same run. CPU nanoseconds a row of the fastest of a few rounds.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/record_batch.h>

#include <boost/json/basic_parser_impl.hpp>

#include <weir/columns/time.hpp>
#include <weir/expressions/json/reader.hpp>

namespace {

struct silent_handler {
  using text = boost::json::string_view;
  using error = boost::json::error_code;
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  bool on_document_begin(error&) { return true; }
  bool on_document_end(error&) { return true; }
  bool on_object_begin(error&) { return true; }
  bool on_object_end(std::size_t, error&) { return true; }
  bool on_array_begin(error&) { return true; }
  bool on_array_end(std::size_t, error&) { return true; }
  bool on_key_part(text, std::size_t, error&) { return true; }
  bool on_key(text, std::size_t, error&) { return true; }
  bool on_string_part(text, std::size_t, error&) { return true; }
  bool on_string(text, std::size_t, error&) { return true; }
  bool on_number_part(text, error&) { return true; }
  bool on_int64(std::int64_t, text, error&) { return true; }
  bool on_uint64(std::uint64_t, text, error&) { return true; }
  bool on_double(double, text, error&) { return true; }
  bool on_bool(bool, error&) { return true; }
  bool on_null(error&) { return true; }
  bool on_comment_part(text, error&) { return true; }
  bool on_comment(text, error&) { return true; }
};

constexpr std::int64_t batch_rows = 8192;

std::vector<std::string> bids(std::size_t rows) {
  std::mt19937_64 random{1};
  constexpr std::string_view channels[] = {"Apple", "Google", "Facebook", "Baidu", "channel-1234"};
  std::vector<std::string> documents;
  documents.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto time =
        weir::timestamp{std::chrono::microseconds{1'700'000'000'000'000 + static_cast<std::int64_t>(i) * 997'000}};
    documents.push_back("{\"auction\":" + std::to_string(1000 + random() % 100'000) +
                        ",\"bidder\":" + std::to_string(1000 + random() % 1'000'000) +
                        ",\"price\":" + std::to_string(1 + random() % 10'000'000) + ",\"channel\":\"" +
                        std::string{channels[random() % 5]} + "\",\"date_time\":\"" + weir::format_iso(time) + "\"}");
  }
  return documents;
}

double cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

void push_parser_alone(const std::vector<std::string>& documents) {
  boost::json::basic_parser<silent_handler> parser{boost::json::parse_options{}};
  for (const auto& document : documents) {
    parser.reset();
    boost::json::error_code error;
    parser.write_some(false, document.data(), document.size(), error);
    if (error)
      std::abort();
  }
}

std::int64_t to_columns(weir::json_reader& reader, const std::vector<std::string>& documents) {
  std::int64_t rows = 0;
  for (const auto& document : documents) {
    if (!reader.append(document).ok())
      std::abort();
    if (reader.rows() == batch_rows)
      rows += reader.finish_rows()->num_rows();
  }
  return rows + reader.finish_rows()->num_rows();
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t rows = 1'000'000;
  if (argc == 2)
    std::from_chars(argv[1], argv[1] + std::string_view{argv[1]}.size(), rows);
  if (argc > 2 || rows == 0) {
    std::cerr << "usage: json_columns [ROWS]\n";
    return 2;
  }
  const auto documents = bids(rows);
  auto reader = weir::json_reader::make({{"auction", weir::int64},
                                         {"bidder", weir::int64},
                                         {"price", weir::int64},
                                         {"channel", weir::utf8},
                                         {"date_time", weir::timestamp_type}});
  if (!reader.ok())
    return 1;
  auto bare = std::numeric_limits<double>::max();
  auto columns = bare;
  for (int round = 0; round < 7; ++round) {
    const auto begin = cpu_ns();
    push_parser_alone(documents);
    const auto middle = cpu_ns();
    if (to_columns(*reader, documents) != static_cast<std::int64_t>(rows))
      return 1;
    bare = std::min(bare, middle - begin);
    columns = std::min(columns, cpu_ns() - middle);
  }
  const auto count = static_cast<double>(rows);
  std::printf("JSON of 5 fields, %zu rows, CPU ns a row: push parser alone %.1f, to columns %.1f, ratio %.2f\n", rows,
              bare / count, columns / count, columns / bare);
}
