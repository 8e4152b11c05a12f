// JSON in data frames: from a text to columns, windows of them, restarts, and documents that are none.
#include "stream_test.hpp"

#include <weir/stream/dataframe.hpp>

using namespace std::chrono_literals;
using namespace weir;
using weir_test::run_plans;
using weir_test::stream_test;

namespace {

/// (user, window's start in seconds, rows, sum of amounts)
struct user_total {
  std::string user;
  std::int64_t start;
  std::int64_t count;
  double total;
  friend auto operator<=>(const user_total&, const user_total&) = default;
};
BOOST_DESCRIBE_STRUCT(user_total, (), (user, start, count, total))

std::ostream& operator<<(std::ostream& out, const user_total& one) {
  return out << "(" << one.user << "," << one.start << "," << one.count << "," << one.total << ")";
}

struct payment {
  std::optional<std::string> user;
  std::optional<double> amount;
  friend auto operator<=>(const payment&, const payment&) = default;
};
BOOST_DESCRIBE_STRUCT(payment, (), (user, amount))

std::ostream& operator<<(std::ostream& out, const payment& one) {
  return out << "(" << one.user.value_or("null") << "," << (one.amount ? std::to_string(*one.amount) : "null") << ")";
}

struct corrupt_payment {
  std::optional<std::string> user;
  std::optional<double> amount;
  std::optional<std::string> corrupt;
  friend auto operator<=>(const corrupt_payment&, const corrupt_payment&) = default;
};
BOOST_DESCRIBE_STRUCT(corrupt_payment, (), (user, amount, corrupt))

std::ostream& operator<<(std::ostream& out, const corrupt_payment& one) {
  return out << "(" << one.user.value_or("null") << "," << (one.amount ? std::to_string(*one.amount) : "null") << ","
             << one.corrupt.value_or("null") << ")";
}

using lines = sources::memory_input<std::string>;

dataframe texts(engine& on, const lines& input) { return on.read_stream(sources::memory<std::string>{input}).to_df(); }

dataframe parsed(engine& on, const lines& input, const json_options& options = {}) {
  return texts(on, input).select(
      from_json(col("value"), "user STRING, time TIMESTAMP, amount DOUBLE", options).as("data"));
}

std::string document(const char* user, int second, double amount) {
  return "{\"user\":\"" + std::string{user} + "\",\"time\":" + std::to_string(second) +
         ",\"unread\":[1,2],\"amount\":" + std::to_string(amount) + "}";
}

}  // namespace

TEST_CASE("JSON to windowed totals in update mode, through restarts and crashes", "[scenario][json]") {
  run_plans([](stream_test& t) {
    const lines input;
    const memory_output output;
    t.query([=](engine& on, query_options options) {
      options.mode = output_mode::update;
      return parsed(on, input)
          .select("data.*")
          .with_watermark("time", "10 seconds")
          .group_by(window(col("time"), "5 seconds"), "user")
          .agg(count(), sum(col("amount")).as("total"))
          .select("user", unix_seconds(col("window.start")).as("start"), "count", "total")
          .write_stream()
          .options(options)
          .start(sinks::memory{output});
    });
    t.add<std::string>(input, {document("anna", 11, 1.5), document("bob", 12, 2), document("anna", 14, 2)});
    t.check_new<user_total>(output, {{"anna", 10, 2, 3.5}, {"bob", 10, 1, 2}});
    t.check_state(2, 2);
    t.add<std::string>(input, {document("anna", 10, 1), document("anna", 15, 4)});
    t.check_new<user_total>(output, {{"anna", 10, 3, 4.5}, {"anna", 15, 1, 4}});
    t.add<std::string>(input, {document("bob", 27, 8)});
    t.check_new<user_total>(output, {{"bob", 25, 1, 8}});
    // [10, 15) is gone: the watermark is 17.
    t.add<std::string>(input, {document("anna", 14, 16), document("anna", 16, 1)});
    t.check_new<user_total>(output, {{"anna", 15, 2, 5}});
    t.check_state(2, 4, 1, 2);
  });
}

TEST_CASE("malformed documents are rows of nulls, and their good members stay", "[scenario][json]") {
  for (const auto optimize : {true, false})
    run_plans([=](stream_test& t) {
      const lines input;
      const memory_output output;
      t.query([=](engine& on, query_options options) {
        options.optimize = optimize;
        return parsed(on, input)
            .select("data.user", "data.amount")
            .write_stream()
            .options(options)
            .start(sinks::memory{output});
      });
      t.add<std::string>(input, {document("anna", 1, 2), "{\"user\":\"bob\",\"amount\":", "no JSON at all"});
      t.check_new<payment>(output, {{"anna", 2}, {}, {}});
      t.add<std::string>(input, {"{\"user\":\"bob\",\"amount\":\"much\"}",
                                 "{\"user\":7,\"time\":\"never\",\"amount\":1}", "[1]", "", "{}"});
      t.check_new<payment>(output, {{"bob", {}}, {"7", 1}, {}, {}, {}});
    });
}

TEST_CASE("the text of a malformed document in a column of its own", "[scenario][json]") {
  for (const auto optimize : {true, false})
    run_plans([=](stream_test& t) {
      const lines input;
      const memory_output output;
      t.query([=](engine& on, query_options options) {
        options.optimize = optimize;
        json_options json;
        json.corrupt_record_column = "corrupt";
        return texts(on, input)
            .select(from_json(col("value"), "user STRING, unread INT, amount DOUBLE, corrupt STRING", json).as("data"))
            .select("data.*")
            .select("user", "amount", "corrupt")
            .write_stream()
            .options(options)
            .start(sinks::memory{output});
      });
      // A member that nobody reads makes a document malformed all the same.
      const std::string unread = "{\"user\":\"anna\",\"unread\":\"x\",\"amount\":2}";
      t.add<std::string>(input, {document("anna", 1, 2), unread, "broken"});
      t.check_new<corrupt_payment>(output,
                                   {{"anna", 2, document("anna", 1, 2)}, {"anna", 2, unread}, {{}, {}, "broken"}});
    });
}

TEST_CASE("failfast: the query fails by the document, and goes on when the plan skips it", "[scenario][json]") {
  for (const auto optimize : {true, false})
    run_plans([=](stream_test& t) {
      const lines input;
      const memory_output output;
      auto policy = std::make_shared<error_policy>(error_policy::fail);
      t.query([=](engine& on, query_options options) {
        options.optimize = optimize;
        return parsed(on, input, {.mode = malformed_mode::failfast})
            .named("parse")
            .on_error(*policy)
            .select("data.user", "data.amount")
            .write_stream()
            .options(options)
            .start(sinks::memory{output});
      });
      t.add<std::string>(input, {document("anna", 1, 2)});
      t.check_new<payment>(output, {{"anna", 2}});
      // A member that nobody reads counts, too.
      t.add<std::string>(input, {document("bob", 1, 3), "{\"user\":\"eve\",\"time\":\"never\"}", "broken"});
      const auto message = t.expect_failure(errc::invalid_row);
      CHECK_THAT(message, Catch::Contains("parse") && Catch::Contains("never"));
      *policy = error_policy::skip;
      t.check_new<payment>(output, {{"bob", 3}});
    });
}

TEST_CASE("failfast: dead letters hold the documents that were refused", "[scenario][json]") {
  for (const auto optimize : {true, false})
    run_plans([=](stream_test& t) {
      const lines input;
      const memory_output output;
      const memory_output refused;
      t.query([=](engine& on, query_options options) {
        options.optimize = optimize;
        return parsed(on, input, {.mode = malformed_mode::failfast})
            .named("parse")
            .on_error(dead_letter(sinks::memory{refused}))
            .select("data.*")
            .filter(col("amount") > lit(0.0))
            .select("user", "amount")
            .write_stream()
            .options(options)
            .start(sinks::memory{output});
      });
      t.add<std::string>(input, {document("anna", 1, 2), "broken", document("bob", 1, 3)});
      t.check_new<payment>(output, {{"anna", 2}, {"bob", 3}});
      t.add<std::string>(input, {"{\"user\":\"eve\",\"time\":\"never\",\"amount\":1}"});
      t.check_new<payment>(output, {});
      const auto letters = refused.all_as<dead_letter_row>();
      REQUIRE(letters.size() == 2);
      CHECK(letters[0].raw == "broken");
      CHECK_THAT(letters[0].step, Catch::Contains("/parse/"));
      CHECK_THAT(letters[0].error, Catch::Contains("JSON") || Catch::Contains("malformed"));
      CHECK_THAT(letters[1].row, Catch::Contains("eve"));
      CHECK_THAT(letters[1].error, Catch::Contains("never"));
    });
}

TEST_CASE("from_json is refused where its columns cannot be", "[json]") {
  engine on{{.deterministic = true}};
  const lines input;
  const auto rows = texts(on, input);
  const auto with = [&](const char* columns) { return rows.select(from_json(col("value"), columns)); };
  CHECK_THROWS_WITH(with("user STRNG"), Catch::Contains("STRNG"));
  CHECK_THROWS_WITH(with("user STRING, user INT"), Catch::Contains("user"));
  CHECK_THROWS_WITH(rows.select(from_json(lit(1), "a INT")), Catch::Contains("from_json") && Catch::Contains("utf8"));
  CHECK_THROWS_WITH(parsed(on, input).select("data.usr"),
                    Catch::Contains("usr") && Catch::Contains("did you mean 'user'"));
  CHECK_THROWS_WITH(parsed(on, input, {.mode = malformed_mode::drop_malformed}), Catch::Contains("drop"));
}
