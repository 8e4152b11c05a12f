#include "catch.hpp"

#include <limits>
#include <stdexcept>

#include <arrow/api.h>

#include <weir/columns/row_codec.hpp>

#include "sample_rows.hpp"

namespace {

using namespace std::chrono_literals;
using sample::everything;

struct transaction {
  std::string session_id;
  double win_amount = 0;
  bool deposit = false;
  bool operator==(const transaction&) const = default;
};
BOOST_DESCRIBE_STRUCT(transaction, (), (session_id, win_amount, deposit))

struct transaction_view {
  bool deposit = false;
  std::string_view session_id;
};
BOOST_DESCRIBE_STRUCT(transaction_view, (), (deposit, session_id))

struct only_deposit {
  std::optional<bool> deposit;
};
BOOST_DESCRIBE_STRUCT(only_deposit, (), (deposit))

struct tiny {
  std::int8_t n = 0;
};
BOOST_DESCRIBE_STRUCT(tiny, (), (n))

struct wide {
  std::int32_t n = 0;
};
BOOST_DESCRIBE_STRUCT(wide, (), (n))

template <class T>
weir::batch batch_of(const std::vector<T>& rows) {
  weir::row_writer<T> writer;
  for (const auto& row : rows)
    writer.append(row);
  return writer.finish();
}

std::string valid(const weir::batch& rows) { return rows.arrow()->ValidateFull().ToString(); }

std::vector<everything> random_rows(std::uint64_t seed, std::size_t count) {
  sample::generator random{seed};
  std::vector<everything> rows(count);
  for (auto& row : rows)
    row = random.make_row();
  return rows;
}

}  // namespace

static_assert(weir::column_value<std::uint32_t> && !weir::column_value<std::uint64_t> && !weir::column_value<char>);
static_assert(weir::column_value<weir::timestamp> && weir::column_value<std::chrono::sys_days>);
static_assert(!weir::column_value<std::optional<std::optional<int>>> && !weir::column_value<int*>);
static_assert(weir::row<std::string> && weir::row<everything> && !weir::row<std::optional<int>>);
static_assert(weir::owns_its_data<everything> && !weir::owns_its_data<transaction_view>);
static_assert(!weir::column_value<std::chrono::duration<double>>);

TEST_CASE("row_schema: described members in order, bases first, only optionals nullable") {
  const auto columns = weir::row_schema<everything>();
  CHECK(columns[0] == weir::field{"id", weir::int64, false});
  CHECK(columns[2] == weir::field{"maybe_flag", weir::boolean, true});
  const auto type = [&](std::string_view name) {
    return columns[static_cast<std::size_t>(columns.index_of(name))].type.to_string();
  };
  CHECK(type("tiny") == "int8");
  CHECK(type("byte") == "int16");
  CHECK(type("small") == "int16");
  CHECK(type("port") == "int32");
  CHECK(type("count") == "int64");
  CHECK(type("ratio") == "float32");
  CHECK(type("amount") == "float64");
  CHECK(type("price") == "decimal(10, 2)");
  CHECK(type("day") == "date");
  CHECK(type("maybe_day") == "date");
  CHECK(type("counters") == "map<utf8, int64>");
  CHECK(type("places") == "map<int32, struct<id: int32 not null, name: utf8> not null>");
  CHECK(weir::schema{std::vector{columns[static_cast<std::size_t>(columns.index_of("work"))]}}.to_string() ==
        "work: struct<id: int32 not null, name: utf8>");
  CHECK(columns[static_cast<std::size_t>(columns.index_of("scores"))].type == weir::list_of({"item", weir::int64}));
  CHECK(weir::row_schema<std::string_view>() == weir::schema{{"value", weir::utf8, false}});
}

TEST_CASE("rows of every column type come back, whole and sliced") {
  const auto seed = GENERATE(1U, 20260101U, 77U);
  INFO("seed " << seed);
  const auto rows = random_rows(seed, 1000);
  const auto made = batch_of(rows);
  REQUIRE(valid(made) == "OK");
  CHECK(made.arrow()->schema()->Equals(*weir::row_schema<everything>().to_arrow()));

  weir::row_reader<everything> reader{made};
  everything reused;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    reader.read(static_cast<std::int64_t>(i), reused);
    REQUIRE(reused == rows[i]);
  }
  for (const auto offset : {1, 7, 8, 9, 64, 991}) {
    const auto slice = made.slice(offset, 9);
    weir::row_reader<everything> sliced{slice};
    REQUIRE(sliced.size() == 9);
    for (std::int64_t i = 0; i < sliced.size(); ++i)
      REQUIRE(sliced.read(i) == rows[static_cast<std::size_t>(offset + i)]);
  }
}

TEST_CASE("rows survive Arrow IPC, sliced ones too") {
  const auto rows = random_rows(5, 300);
  const auto bytes = weir::to_ipc(weir::row_schema<everything>(), {batch_of(rows).slice(13, 200)});
  REQUIRE(bytes.ok());
  const auto back = weir::from_ipc(*bytes);
  REQUIRE(back.ok());
  weir::row_reader<everything> reader{back->at(0)};
  REQUIRE(reader.size() == 200);
  for (std::int64_t i = 0; i < 200; ++i)
    REQUIRE(reader.read(i) == rows[static_cast<std::size_t>(13 + i)]);
}

TEST_CASE("a writer is empty after finish and earlier batches keep their rows") {
  weir::row_writer<transaction> writer;
  std::vector<weir::batch> made;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 100 * (round % 3 + 1); ++i)
      writer.append({std::to_string(round) + "-" + std::to_string(i), i * 0.5, i % 3 == 0});
    made.push_back(writer.finish());
    CHECK(writer.size() == 0);
  }
  for (int round = 0; round < 20; ++round) {
    weir::row_reader<transaction> reader{made[static_cast<std::size_t>(round)]};
    REQUIRE(reader.size() == 100 * (round % 3 + 1));
    for (std::int64_t i = 0; i < reader.size(); ++i)
      REQUIRE(reader.read(i) ==
              transaction{std::to_string(round) + "-" + std::to_string(i), static_cast<double>(i) * 0.5, i % 3 == 0});
  }
}

TEST_CASE("no rows, and rows of empty texts, make valid batches") {
  weir::row_writer<everything> writer;
  const auto none = writer.finish();
  CHECK(valid(none) == "OK");
  CHECK(none.num_rows() == 0);
  writer.append({});
  const auto empty = writer.finish();
  CHECK(valid(empty) == "OK");
  CHECK(weir::row_reader<everything>{empty}.read(0) == everything{});
  CHECK(weir::row_reader<everything>{weir::batch{}}.size() == 0);
}

TEST_CASE("no validity buffer without nulls") {
  weir::column_writer<std::optional<double>> writer;
  writer.append(1.5);
  writer.append(2.5);
  CHECK(writer.finish()->data()->buffers[0] == nullptr);
  writer.append(1.5);
  writer.append_null();
  const auto column = writer.finish();
  CHECK(column->null_count() == 1);
  CHECK(column->IsNull(1));
}

TEST_CASE("views read from the batch without a copy, other columns are ignored") {
  const auto made = batch_of<transaction>({{"anna-with-a-long-session-name", 1, true}});
  weir::row_reader<transaction_view> reader{made};
  const auto row = reader.read(0);
  CHECK(row.session_id == "anna-with-a-long-session-name");
  CHECK(row.session_id.data() == reinterpret_cast<const char*>(made.arrow()->column_data(0)->buffers[2]->data()));
  CHECK(row.deposit);
  CHECK(weir::row_reader<only_deposit>{made}.read(0).deposit == true);
}

TEST_CASE("a single value is a column named value, and reads the only column of any name") {
  const auto made = batch_of<std::string>({"a", "b"});
  CHECK(made.arrow()->schema()->field(0)->name() == "value");
  CHECK(weir::row_reader<std::string_view>{made}.read(1) == "b");
  CHECK(weir::check_row_type<std::string>({{"line", weir::utf8, false}}).ok());
}

TEST_CASE("check_row_type names column, expected and actual") {
  using weir::errc;
  CHECK(weir::check_row_type<transaction>(weir::row_schema<transaction>()).ok());
  const auto missing = weir::check_row_type<transaction>({{"session_id", weir::utf8, false}, {"x", weir::int64}});
  CHECK(missing.code() == errc::unknown_column);
  CHECK(missing.message() == "column 'win_amount': expected float64 not null, but there is no such column among "
                             "(session_id, x)");
  const auto wrong = weir::check_row_type<only_deposit>({{"deposit", weir::int64}});
  CHECK(wrong.code() == errc::type_mismatch);
  CHECK(wrong.message() == "column 'deposit': expected boolean, got int64");
  const auto nulls = weir::check_row_type<wide>({{"n", weir::int32}});
  CHECK(nulls.code() == errc::type_mismatch);
  CHECK_THAT(nulls.message(), Catch::Contains("column 'n': expected int32 not null, got nullable int32"));

  auto fields = weir::row_schema<everything>().fields();
  for (auto& f : fields)
    if (f.name == "work")
      f.type = weir::struct_of({{"id", weir::utf8, false}, {"name", weir::utf8}});
  CHECK_THAT(weir::check_row_type<everything>(weir::schema{fields}).message(),
             Catch::Contains("column 'work.id': expected int32 not null, got utf8 not null"));
}

TEST_CASE("an integer that an unsigned member cannot hold is refused") {
  weir::column_writer<std::int16_t> numbers;
  for (const auto n : {0, 255, 256, -1})
    numbers.append(static_cast<std::int16_t>(n));
  const auto column = numbers.finish();
  weir::column_reader<std::uint8_t> reader{*column};
  CHECK(reader.read(0) == 0);
  CHECK(reader.read(1) == 255);
  CHECK_THROWS_AS(reader.read(2), std::out_of_range);
  CHECK_THROWS_AS(reader.read(3), std::out_of_range);
}

TEST_CASE("dates: days that a calendar does not have are refused, far ones are kept as days") {
  using namespace std::chrono;
  weir::column_writer<year_month_day> writer;
  writer.append(2024y / February / 29);
  CHECK_THROWS_AS(writer.append(2023y / February / 29), std::invalid_argument);
  writer.append(1969y / December / 31);
  const auto column = writer.finish();
  CHECK(column->length() == 2);
  CHECK(column->type()->Equals(*arrow::date32()));
  CHECK(weir::column_reader<year_month_day>{*column}.read(0) == 2024y / February / 29);
  CHECK(weir::column_reader<sys_days>{*column}.read(1) == sys_days{days{-1}});

  weir::column_writer<sys_days> far;
  far.append(sys_days{days{20'000'000}});
  const auto stored = far.finish();
  CHECK(weir::column_reader<sys_days>{*stored}.read(0) == sys_days{days{20'000'000}});
  CHECK_THROWS_AS(weir::column_reader<year_month_day>{*stored}.read(0), std::out_of_range);
}

TEST_CASE("of a map's equal keys the last wins") {
  arrow::MapBuilder builder{arrow::default_memory_pool(), std::make_shared<arrow::StringBuilder>(),
                            std::make_shared<arrow::Int64Builder>()};
  auto& keys = static_cast<arrow::StringBuilder&>(*builder.key_builder());
  auto& values = static_cast<arrow::Int64Builder&>(*builder.item_builder());
  REQUIRE(builder.Append().ok());
  for (const auto& [key, value] : {std::pair{"a", 1}, {"b", 2}, {"a", 3}}) {
    REQUIRE(keys.Append(key).ok());
    REQUIRE(values.Append(value).ok());
  }
  const auto column = builder.Finish().ValueOrDie();
  using counters = std::map<std::string, std::optional<std::int64_t>>;
  CHECK(weir::column_reader<counters>{*column}.read(0) == counters{{"a", 3}, {"b", 2}});
}

TEST_CASE("a value that cannot be appended leaves the rows before, in maps too") {
  using namespace std::chrono;
  weir::column_writer<std::map<std::string, year_month_day>> writer;
  writer.append({{"a", 2024y / January / 1}});
  CHECK_THROWS_AS(writer.append({{"b", 2024y / January / 2}, {"c", year_month_day{}}}), std::invalid_argument);
  writer.append({{"d", 2024y / January / 3}});
  const auto column = writer.finish();
  REQUIRE(column->ValidateFull().ToString() == "OK");
  weir::column_reader<std::map<std::string, year_month_day>> reader{*column};
  CHECK(reader.read(0).size() == 1);
  CHECK(reader.read(1) == std::map<std::string, year_month_day>{{"d", 2024y / January / 3}});
}

TEST_CASE("times round down to microseconds and saturate") {
  using nano_time = std::chrono::sys_time<std::chrono::nanoseconds>;
  weir::column_writer<nano_time> nanos;
  nanos.append(nano_time{-1ns});
  nanos.append(nano_time{1999ns});
  const auto column = nanos.finish();
  weir::column_reader<weir::timestamp> micros{*column};
  CHECK(micros.read(0) == weir::timestamp{-1us});
  CHECK(micros.read(1) == weir::timestamp{1us});

  weir::column_writer<std::chrono::hours> hours;
  hours.append(std::chrono::hours::max());
  hours.append(std::chrono::hours::min());
  hours.append(-2h);
  const auto far = hours.finish();
  weir::column_reader<std::chrono::microseconds> stored{*far};
  CHECK(stored.read(0) == std::chrono::microseconds::max());
  CHECK(stored.read(1) == std::chrono::microseconds::min());
  CHECK(stored.read(2) == -2h);
  weir::column_reader<std::chrono::nanoseconds> fine{*far};
  CHECK(fine.read(0) == std::chrono::nanoseconds::max());
  CHECK(fine.read(2) == -2h);
}

TEST_CASE("a full text column throws and keeps the texts before") {
  weir::detail::text_buffer<10> text;
  text.push("12345");
  text.push("67890");
  CHECK_THROWS_AS(text.push("x"), std::length_error);
  text.push("");
  CHECK(text.size() == 3);
  CHECK(text.bytes() == 10);
  text.truncate(1);
  CHECK(text.bytes() == 5);
  text.push("abcde");
  CHECK(text.release_bytes()->ToString() == "12345abcde");
}

TEST_CASE("texts of every length are copied whole") {
  std::string expected;
  weir::column_writer<std::string_view> writer;
  sample::generator random{3};
  std::vector<std::string> texts;
  for (std::size_t size = 0; size < 70; ++size) {
    std::string text(size, ' ');
    for (auto& c : text)
      c = static_cast<char>('!' + random.below(90));
    writer.append(text);
    texts.push_back(text);
  }
  const auto column = writer.finish();
  weir::column_reader<std::string> reader{*column};
  for (std::size_t i = 0; i < texts.size(); ++i)
    REQUIRE(reader.read(static_cast<std::int64_t>(i)) == texts[i]);
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("buffers come back to the pool when the last batch is gone, and are used again") {
  weir::row_writer<transaction> writer;
  const auto make = [&] {
    for (int i = 0; i < 5000; ++i)
      writer.append({"session", 1, true});
    return writer.finish();
  };
  static_cast<void>(make());
  const auto idle = weir::detail::pooled_bytes();
  auto made = make();
  CHECK(weir::detail::pooled_bytes() < idle);
  const auto copy = made;
  made = {};
  CHECK(weir::detail::pooled_bytes() < idle);
  CHECK(weir::row_reader<transaction>{copy}.read(4999).session_id == "session");
}
#endif
