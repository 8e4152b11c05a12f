#pragma once

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <weir/columns/text.hpp>
#include <weir/sinks/memory.hpp>
#include <weir/stream/dataframe.hpp>

#include "random_terms.hpp"

namespace weir_test {

/// A row of random pipelines; `id` is unique, and below 0 in the rows that close everything.
struct random_row {
  std::int64_t id;
  std::optional<std::string> user;
  std::optional<weir::timestamp> time;
  std::optional<std::int64_t> number;
  std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(random_row, (), (id, user, time, number, label))

inline cells cells_of(const random_row& row) {
  const auto of = [](const auto& value) { return value ? cell{*value} : cell{}; };
  return {{"id", row.id},
          {"user", of(row.user)},
          {"time", row.time ? cell{row.time->time_since_epoch().count()} : cell{}},
          {"number", of(row.number)},
          {"label", of(row.label)}};
}

inline std::string text_of(const cell& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return std::to_string(*number);
  const auto* text = std::get_if<std::string>(&value);
  return text ? "'" + *text + "'" : "null";
}

/// A step without state, and what it makes of a row; false: the row goes.
struct random_step {
  std::string text;
  std::function<weir::dataframe(const weir::dataframe&)> build;
  std::function<bool(cells&)> apply;
};

struct random_key {
  weir::expression of;
  std::function<cell(const cells&)> value;
};

struct random_aggregate {
  weir::expression of;
  std::function<std::string(const std::vector<cells>&)> value;
};

/// By what rows are grouped besides keys; `rows`: they are not.
enum class grouping { rows, keys, tumbling, sliding, session, time };

/// A query of data frames. What it is made of is there for a model, too.
class random_pipeline {
public:
  explicit random_pipeline(chance& of) : of_{of}, terms_{of} {
    by = static_cast<grouping>(of.number(0, 5));
    // A time is a key of its own sort where it is the event time.
    watermarked = by == grouping::time || !of.once_in(4);
    delay = std::chrono::seconds{of.number(0, 10)};
    add_steps(before, true);
    add_steps(after, false);
    if (by != grouping::rows)
      add_groups();
    const auto timed = by != grouping::rows && by != grouping::keys;
    evicts = timed && watermarked;
    mode = static_cast<weir::output_mode>(by == grouping::rows ? of.number(0, 1) : of.number(evicts ? 0 : 1, 2));
    evicts = evicts && mode != weir::output_mode::complete;
    late_sink = evicts && !of.once_in(3);
    if (evicts && mode == weir::output_mode::append && by != grouping::time && of.once_in(2))
      then_size = of.number(1, 20) * second;
  }

  weir::dataframe build(const weir::dataframe& input, const std::optional<weir::memory_output>& late) const {
    auto made = input;
    for (const auto& step : before)
      made = step.build(made);
    if (watermarked)
      made = made.with_watermark("time", delay);
    for (const auto& step : after)
      made = step.build(made);
    if (by == grouping::rows)
      return made;
    std::vector<weir::expression> all;
    for (const auto& key : keys)
      all.push_back(key.of);
    if (window)
      all.insert(all.begin() + static_cast<std::ptrdiff_t>(window_position), *window);
    std::vector<weir::expression> values;
    for (const auto& one : aggregates)
      values.push_back(one.of);
    made = grouped(made, all).agg_all(values);
    if (late)
      made = made.late_rows(weir::sinks::memory{*late});
    if (then_size > 0)
      made = made.group_by(weir::window(weir::col("w"), std::chrono::microseconds{then_size})).count();
    return made;
  }

  std::string text() const {
    std::string all;
    for (const auto& step : before)
      all += step.text + "; ";
    all += watermarked ? "with_watermark(" + std::to_string(delay.count()) + " s); " : "";
    for (const auto& step : after)
      all += step.text + "; ";
    all += "group_by(";
    for (const auto& key : keys)
      all += key.of.to_string() + ", ";
    all += (window ? window->to_string() + " at " + std::to_string(window_position) : "") + "): ";
    for (const auto& one : aggregates)
      all += one.of.to_string() + ", ";
    all += then_size > 0 ? "then windows of " + std::to_string(then_size) + ", " : "";
    return all + std::string{weir::to_string(mode)} + (late_sink ? ", late rows" : "");
  }

  grouping by;
  bool watermarked, evicts = false, late_sink = false;
  std::chrono::seconds delay;
  std::vector<random_step> before, after;
  std::vector<random_key> keys;
  std::optional<weir::expression> window;
  std::size_t window_position = 0;
  std::int64_t size = 1, slide = 1, start = 0;                   ///< microseconds
  std::function<std::optional<std::int64_t>(const cells&)> gap;  ///< of a row's session, microseconds
  std::vector<random_aggregate> aggregates;
  std::int64_t then_size = 0;  ///< results are counted in windows of this size; microseconds, 0: they are not
  weir::output_mode mode = weir::output_mode::append;

private:
  static constexpr std::int64_t second = 1'000'000;

  static weir::grouped_dataframe grouped(const weir::dataframe& rows, const std::vector<weir::expression>& by) {
    switch (by.size()) {
    case 0: return rows.group_by();
    case 1: return rows.group_by(by[0]);
    case 2: return rows.group_by(by[0], by[1]);
    default: return rows.group_by(by[0], by[1], by[2]);
    }
  }

  void add_steps(std::vector<random_step>& to, bool may_move_time) {
    for (auto count = of_.number(0, 3); count > 0; --count)
      to.push_back(step(may_move_time));
  }

  random_step step(bool may_move_time) {
    switch (of_.number(0, may_move_time ? 6 : 5)) {
    case 0:
    case 1:
    case 2: {
      auto condition = terms_.truth();
      auto of = condition.of || weir::col("id") < weir::lit(std::int64_t{0});
      if (of_.once_in(2)) {
        const auto more = terms_.truth();
        of = of && (more.of || weir::col("id") < weir::lit(std::int64_t{0}));
        condition.value = [first = condition.value, then = more.value](const cells& row) {
          return std::optional{first(row).value_or(false) && then(row).value_or(false)};
        };
      }
      return {"filter " + of.to_string(), [of](const weir::dataframe& on) { return on.filter(of); },
              [value = condition.value](cells& row) {
                return std::get<std::int64_t>(row.at("id")) < 0 || value(row).value_or(false);
              }};
    }
    case 3: {
      const std::string name = of_.once_in(2) ? "number" : "extra";
      const auto value = terms_.integer();
      if (name == "extra" && std::ranges::find(terms_.integers, name) == terms_.integers.end())
        terms_.integers.push_back(name);
      return {name + " = " + value.of.to_string(),
              [=](const weir::dataframe& on) { return on.with_column(name, value.of); },
              [=](cells& row) { return set(row, name, value.value(row)); }};
    }
    case 4: {
      const std::string name = of_.once_in(2) ? "user" : "label";
      const auto value = terms_.text();
      return {name + " = " + value.of.to_string(),
              [=](const weir::dataframe& on) { return on.with_column(name, value.of); },
              [=](cells& row) { return set(row, name, value.value(row)); }};
    }
    case 5: {
      // Other columns in another order; one that was added goes.
      const auto value = terms_.integer();
      std::erase(terms_.integers, "extra");
      return {
          "select number = " + value.of.to_string(),
          [=](const weir::dataframe& on) { return on.select("label", value.of.as("number"), "time", "id", "user"); },
          [=](cells& row) {
            set(row, "number", value.value(row));
            row.erase("extra");
            return true;
          }};
    }
    default:
      return {"time + 2 s",
              [](const weir::dataframe& on) {
                return on.with_column("time", weir::col("time") + weir::lit(std::chrono::seconds{2}));
              },
              [](cells& row) {
                if (auto* time = std::get_if<std::int64_t>(&row.at("time")))
                  *time += 2 * second;
                return true;
              }};
    }
  }
  template <class T>
  static bool set(cells& row, const std::string& name, std::optional<T> value) {
    row[name] = value ? cell{*std::move(value)} : cell{};
    return true;
  }

  void add_groups() {
    for (auto count = of_.number(by == grouping::session ? 1 : 0, 2); count > 0; --count) {
      const auto name = "k" + std::to_string(count);
      if (of_.once_in(2)) {
        const auto value = terms_.text(static_cast<int>(of_.number(0, 1)));
        keys.push_back({value.of.as(name), [value](const cells& row) { return cell_of(value.value(row)); }});
      } else {
        const auto value = terms_.integer(0);
        keys.push_back({weir::pmod(value.of, weir::lit(std::int64_t{3})).as(name), [value](const cells& row) {
                          const auto number = value.value(row);
                          return number ? cell{random_terms::wrapped(*number, 3)} : cell{};
                        }});
      }
    }
    window_position = static_cast<std::size_t>(of_.number(0, static_cast<std::int64_t>(keys.size())));
    using std::chrono::microseconds;
    const auto time = weir::col("time");
    if (by == grouping::tumbling || by == grouping::sliding) {
      size = of_.number(1, 12) * second;
      slide = by == grouping::sliding ? of_.number(1, size / second) * second : size;
      start = of_.number(1 - slide / second, slide / second - 1) * second;
      window = weir::window(time, microseconds{size}, microseconds{slide}, microseconds{start}).as("w");
    } else if (by == grouping::session && of_.once_in(2)) {
      window = weir::session_window(time, microseconds{size = of_.number(1, 6) * second}).as("w");
      gap = [gap = size](const cells&) { return gap; };
    } else if (by == grouping::session) {
      const auto condition = terms_.truth(1);
      const auto a = of_.number(0, 3), b = of_.number(1, 8);
      const weir::expression length =
          weir::when(condition.of, weir::lit(std::chrono::seconds{a})).otherwise(weir::lit(std::chrono::seconds{b}));
      window = weir::session_window(time, length).as("w");
      gap = [=](const cells& row) { return (condition.value(row).value_or(false) ? a : b) * second; };
    } else if (by == grouping::time) {
      window = time;
    }
    for (auto count = of_.number(1, 4); count > 0; --count)
      aggregates.push_back(aggregate("a" + std::to_string(count)));
  }
  template <class T>
  static cell cell_of(const std::optional<T>& value) {
    return value ? cell{*value} : cell{};
  }

  /// The values that are not null, in order.
  template <class T>
  static std::vector<T> values_of(const term<T>& of, const std::vector<cells>& rows) {
    std::vector<T> values;
    for (const auto& row : rows)
      if (auto value = of.value(row))
        values.push_back(*std::move(value));
    return values;
  }

  random_aggregate aggregate(const std::string& name) {
    // Sessions and sliding windows put rows together in an order of their own.
    const auto ordered = by == grouping::keys || by == grouping::tumbling || by == grouping::time;
    const auto value = terms_.integer(1);
    const auto reduced = [&](const weir::expression& of, auto reduce) {
      return random_aggregate{of.as(name), [=](const std::vector<cells>& rows) {
                                const auto values = values_of(value, rows);
                                return values.empty() ? std::string{"null"} : reduce(values);
                              }};
    };
    switch (of_.number(0, ordered ? 10 : 7)) {
    case 0: return {weir::count().as(name), [](const auto& rows) { return std::to_string(rows.size()); }};
    case 1:
      return {weir::count(value.of).as(name),
              [value](const auto& rows) { return std::to_string(values_of(value, rows).size()); }};
    case 2:
      return reduced(weir::sum(value.of), [](const auto& all) {
        return std::to_string(std::accumulate(all.begin(), all.end(), std::int64_t{0}));
      });
    case 3: return reduced(weir::min(value.of), [](const auto& all) { return std::to_string(std::ranges::min(all)); });
    case 4: return reduced(weir::max(value.of), [](const auto& all) { return std::to_string(std::ranges::max(all)); });
    case 5:
      return reduced(weir::avg(value.of), [](const auto& all) {
        std::string text;
        weir::append_number(static_cast<double>(std::accumulate(all.begin(), all.end(), std::int64_t{0})) /
                                static_cast<double>(all.size()),
                            text);
        return text;
      });
    case 6: {
      const auto text = terms_.text(1);
      const auto least = of_.once_in(2);
      return {(least ? weir::min(text.of) : weir::max(text.of)).as(name), [=](const std::vector<cells>& rows) {
                const auto all = values_of(text, rows);
                return text_of(all.empty() ? cell{} : cell{least ? std::ranges::min(all) : std::ranges::max(all)});
              }};
    }
    case 7:
      return {weir::collect_set(value.of).as(name), [value](const std::vector<cells>& rows) {
                const auto all = values_of(value, rows);
                std::string text;
                for (const auto one : std::set<std::int64_t>{all.begin(), all.end()})
                  text += std::to_string(one) + " ";
                return "[" + text + "]";
              }};
    case 8:
      return {weir::first(value.of).as(name), [value](const std::vector<cells>& rows) {
                return rows.empty() ? "null" : text_of(cell_of(value.value(rows.front())));
              }};
    case 9: return reduced(weir::last(value.of, true), [](const auto& all) { return std::to_string(all.back()); });
    default:
      return {weir::last(value.of).as(name), [value](const std::vector<cells>& rows) {
                return rows.empty() ? "null" : text_of(cell_of(value.value(rows.back())));
              }};
    }
  }

  chance& of_;
  random_terms terms_;
};

}  // namespace weir_test
