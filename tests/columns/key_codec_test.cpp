#include "catch.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <arrow/api.h>

#include <weir/columns/key_codec.hpp>
#include <weir/columns/row_codec.hpp>

#include "sample_rows.hpp"

namespace {

struct wide_key {
  std::string a;
  std::string b;
  std::optional<std::string> c;
  std::optional<std::int64_t> d;
  bool e = false;
  double f = 0;
  sample::place g;
  std::vector<std::optional<std::int32_t>> h;
  std::int8_t i = 0;
  std::optional<std::int16_t> j;
  float k = 0;
  weir::decimal<20, 3> l;
  std::optional<std::chrono::sys_days> m;
  auto operator<=>(const wide_key&) const = delete;
  bool operator==(const wide_key&) const = default;
};
BOOST_DESCRIBE_STRUCT(wide_key, (), (a, b, c, d, e, f, g, h, i, j, k, l, m))

using wide_tuple =
    std::tuple<std::string, std::string, std::optional<std::string>, std::optional<std::int64_t>, bool, double,
               sample::place, std::vector<std::optional<std::int32_t>>, std::int8_t, std::optional<std::int16_t>, float,
               weir::decimal<20, 3>, std::optional<std::chrono::sys_days>>;

/// Few values, so that equal rows and rows that differ in one place both come up.
wide_key small_key(sample::generator& random) {
  const auto text = [&] { return std::string(random.below(3), static_cast<char>(random.below(2))); };
  wide_key key;
  key.a = text();
  key.b = text();
  key.c = random.maybe(text());
  key.d = random.maybe(static_cast<std::int64_t>(random.below(2)));
  key.e = random.coin();
  key.f = static_cast<double>(random.below(2));
  key.g = {static_cast<std::int32_t>(random.below(2)), random.maybe(text())};
  for (auto n = random.below(2); n > 0; --n)
    key.h.push_back(random.maybe(static_cast<std::int32_t>(random.below(2))));
  // Seldom another value, or so many members would never be equal.
  const auto other = [&] { return random.below(16) == 0; };
  key.i = other() ? std::int8_t{-1} : std::int8_t{1};
  if (!other())
    key.j = other() ? std::int16_t{7} : std::int16_t{8};
  key.k = other() ? 0.5F : 0.25F;
  key.l = weir::decimal<20, 3>::from_unscaled(other() ? -1 : 1);
  if (!other())
    key.m = std::chrono::sys_days{std::chrono::days{other() ? 1 : 0}};
  return key;
}

template <class T>
weir::batch batch_of(const std::vector<T>& rows) {
  weir::row_writer<T> writer;
  for (const auto& row : rows)
    writer.append(row);
  return writer.finish();
}

std::vector<int> all_columns(const weir::schema& columns) {
  std::vector<int> made;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i)
    made.push_back(i);
  return made;
}

template <class T>
weir::key_encoder encoder_of() {
  auto made = weir::key_encoder::make(weir::row_schema<T>(), all_columns(weir::row_schema<T>()));
  REQUIRE(made.ok());
  return std::move(*made);
}

template <class T>
std::string key_of(const T& value) {
  auto encoder = encoder_of<T>();
  const auto rows = batch_of<T>({value});
  encoder.bind(rows);
  return std::string{encoder.key(0)};
}

}  // namespace

TEST_CASE("one text column is its own bytes, a view, hashed as it is") {
  auto encoder = encoder_of<std::string>();
  const auto rows = batch_of<std::string>({"anna", "", std::string(100, 'x')}).slice(0, 3);
  encoder.bind(rows);
  CHECK(encoder.keys_are_views());
  CHECK(encoder.key(0) == "anna");
  CHECK(encoder.key(0).data() == reinterpret_cast<const char*>(rows.arrow()->column_data(0)->buffers[2]->data()));
  std::vector<std::uint64_t> hashes;
  encoder.hash_all(hashes);
  CHECK(hashes == std::vector{weir::hash_bytes("anna"), weir::hash_bytes(""), weir::hash_bytes(std::string(100, 'x'))});
  CHECK(weir::decode_key<std::string_view>(encoder.key(0)) == "anna");
  CHECK(weir::decode_key<std::tuple<std::string>>(encoder.key(0)) == std::tuple<std::string>{"anna"});
}

TEST_CASE("keys are equal exactly when their values are") {
  const auto seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  sample::generator random{seed};
  std::vector<wide_key> rows(600);
  for (auto& row : rows)
    row = small_key(random);
  const auto made = batch_of(rows).slice(17, 500);
  auto encoder = encoder_of<wide_key>();
  encoder.bind(made);
  REQUIRE(encoder.size() == 500);
  std::vector<std::string> keys;
  std::vector<std::uint64_t> hashes;
  encoder.hash_all(hashes);
  for (std::int64_t i = 0; i < encoder.size(); ++i) {
    keys.emplace_back(encoder.key(i));
    REQUIRE(hashes[static_cast<std::size_t>(i)] == weir::hash_bytes(keys.back()));
    REQUIRE(weir::decode_key<wide_key>(keys.back()) == rows[static_cast<std::size_t>(17 + i)]);
  }
  std::size_t equal = 0;
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const auto same = rows[17 + i] == rows[17 + j];
      equal += same ? 1 : 0;
      if ((keys[i] == keys[j]) != same)
        FAIL("rows " << i << " and " << j);
    }
  CHECK(equal > 0);
}

TEST_CASE("doubles that are equal to the user are one key") {
  CHECK(key_of(-0.0) == key_of(0.0));
  CHECK(key_of(std::nan("1")) == key_of(-std::nan("2")));
  CHECK(key_of(1.0) != key_of(std::nextafter(1.0, 2.0)));
  CHECK(key_of(-0.0F) == key_of(0.0F));
  CHECK(key_of(std::nanf("1")) == key_of(-std::nanf("2")));
  CHECK(key_of(1.0F) != key_of(std::nextafter(1.0F, 2.0F)));
  CHECK(key_of(std::vector{-0.0, std::nan("1")}) == key_of(std::vector{0.0, -std::nan("2")}));
}

TEST_CASE("a null key is none of the values") {
  const weir::schema columns{{"k", weir::utf8}};
  auto encoder = weir::key_encoder::make(columns, {0});
  REQUIRE(encoder.ok());
  weir::column_writer<std::optional<std::string>> writer;
  for (const auto& value : std::vector<std::optional<std::string>>{std::nullopt, "", "null"})
    writer.append(value);
  const weir::batch rows{arrow::RecordBatch::Make(columns.to_arrow(), 3, {writer.finish()})};
  encoder->bind(rows);
  std::set<std::string> keys;
  for (int i = 0; i < 3; ++i)
    keys.emplace(encoder->key(i));
  CHECK(keys.size() == 3);
  CHECK(weir::decode_key<std::optional<std::string>>(encoder->key(0)) == std::nullopt);
  CHECK(weir::decode_key<std::optional<std::string>>(encoder->key(2)) == "null");
}

TEST_CASE("keys go to typed columns and back to the same bytes") {
  sample::generator random{4};
  std::vector<wide_key> rows(200);
  for (auto& row : rows)
    row = small_key(random);
  const auto made = batch_of(rows);
  auto encoder = encoder_of<wide_key>();
  encoder.bind(made);
  const auto fields = weir::row_schema<wide_key>().fields();
  weir::key_columns_writer<wide_tuple> writer{fields};
  std::vector<std::string> keys;
  for (std::int64_t i = 0; i < encoder.size(); ++i) {
    keys.emplace_back(encoder.key(i));
    writer.append(keys.back());
  }
  const auto column = weir::detail::make_array(writer.finish());
  REQUIRE(column->ValidateFull().ToString() == "OK");
  auto back = weir::key_encoder::of_structure(fields);
  const auto slice = column->Slice(5, 100);
  back.bind(*slice);
  for (std::int64_t i = 0; i < back.size(); ++i)
    REQUIRE(back.key(i) == keys[static_cast<std::size_t>(5 + i)]);
}

TEST_CASE("bytes that are no key are refused, cut and lengthened ones too") {
  sample::generator random{6};
  const auto bytes = key_of(small_key(random));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_THROWS_AS(weir::decode_key<wide_key>(std::string_view{bytes}.substr(0, size)), std::logic_error);
  CHECK_THROWS_AS(weir::decode_key<wide_key>(bytes + "x"), std::logic_error);
  CHECK_THROWS_AS(weir::decode_key<std::vector<std::int64_t>>(std::string_view{"\xff\xff\xff\xff"}), std::logic_error);
}

TEST_CASE("key columns that are not there are refused; keys print") {
  const weir::schema columns{{"id", weir::int64, false}, {"name", weir::utf8}};
  CHECK(weir::key_encoder::make(columns, {2}).error().code() == weir::errc::invalid_argument);
  CHECK(weir::key_encoder::make(columns, {}).error().code() == weir::errc::invalid_argument);
  const weir::schema exact{{"day", weir::date_type, false}, {"price", weir::decimal_of(10, 2), false}};
  const auto key =
      key_of(std::chrono::sys_days{std::chrono::days{19753}}) + key_of(*weir::decimal<10, 2>::parse("-.5"));
  CHECK(weir::printable_key(key, exact.fields()) == "(2024-01-31, -0.50)");
  CHECK(weir::printable_key("anna\n", {{"k", weir::utf8, false}}) == "anna?");
  CHECK(weir::printable_key(std::string("\x07\0\0\0\0\0\0\0\0", 9), columns.fields()) == "(7, null)");
}

TEST_CASE("a key has the same bytes in a batch without nulls and beside rows with nulls") {
  const auto nothing = std::optional<std::int64_t>{};
  weir::column_writer<std::optional<std::int64_t>> wholes;
  weir::column_writer<std::optional<double>> reals;
  weir::column_writer<std::optional<bool>> flags;
  weir::column_writer<std::optional<std::int16_t>> shorts;
  for (const auto value : {std::optional<std::int64_t>{5}, {-7}, {0}, nothing}) {
    wholes.append(value);
    reals.append(value ? std::optional{*value == 0 ? -0.0 : 0.5 * static_cast<double>(*value)} : std::nullopt);
    flags.append(value ? std::optional{*value > 0} : std::nullopt);
    shorts.append(value ? std::optional{static_cast<std::int16_t>(*value)} : std::nullopt);
  }
  const weir::schema columns{
      {"whole", weir::int64}, {"real", weir::float64}, {"flag", weir::boolean}, {"short", weir::int16}};
  const weir::batch rows{arrow::RecordBatch::Make(columns.to_arrow(), 4,
                                                  {wholes.finish(), reals.finish(), flags.finish(), shorts.finish()})};
  for (const auto& keys : {std::vector{0}, std::vector{0, 1, 2, 3}, std::vector{2, 1}}) {
    auto with_nulls = *weir::key_encoder::make(columns, keys);
    auto without = *weir::key_encoder::make(columns, keys);
    with_nulls.bind(rows);
    // Rows 1 and 2, whose columns are made anew so that they have no validity buffer.
    auto cut = *arrow::RecordBatch::MakeEmpty(columns.to_arrow());
    cut = *arrow::ConcatenateRecordBatches({cut, rows.arrow()->Slice(1, 2)});
    without.bind(weir::batch{cut});
    std::vector<std::uint64_t> all, some;
    with_nulls.hash_all(all);
    without.hash_all(some);
    for (std::int64_t row = 0; row < 2; ++row) {
      CHECK(std::string{without.key(row)} == std::string{with_nulls.key(row + 1)});
      CHECK(some[static_cast<std::size_t>(row)] == all[static_cast<std::size_t>(row + 1)]);
    }
    // The view of a slice too.
    without.bind(rows.slice(0, 3));
    for (std::int64_t row = 0; row < 3; ++row)
      CHECK(std::string{without.key(row)} == std::string{with_nulls.key(row)});
  }
}

TEST_CASE("maps are no keys, however deep") {
  const auto counters = weir::map_of(weir::utf8, {"value", weir::int64});
  const auto deep = weir::list_of({"item", weir::struct_of({{"m", counters}})});
  const weir::schema columns{{"ok", weir::utf8}, {"m", counters}, {"deep", deep}};
  CHECK(weir::key_encoder::make(columns, {0, 1}).error().message() ==
        "key column 'm': a map cannot be part of a key, as in map<utf8, int64>; group by one of its values instead");
  CHECK(weir::key_encoder::make(columns, {2}).error().code() == weir::errc::unsupported);
}

TEST_CASE("a key is read as its own type only, since it is its bytes") {
  CHECK(weir::check_key_type<std::string>({{"k", weir::binary, false}}).ok());
  CHECK(weir::check_key_type<wide_tuple>(weir::row_schema<wide_key>().fields()).ok());
  CHECK(weir::check_key_type<std::int64_t>({{"id", weir::int32, false}}).message() ==
        "key column 'id': expected id: int64 not null, got id: int32 not null; give the member the column's type, or "
        "group by a function of the row");
  CHECK(weir::check_key_type<std::optional<std::string>>({{"k", weir::utf8, false}}).code() ==
        weir::errc::type_mismatch);
  CHECK(weir::check_key_type<std::tuple<int, int>>({{"k", weir::int32, false}}).code() == weir::errc::type_mismatch);
}
