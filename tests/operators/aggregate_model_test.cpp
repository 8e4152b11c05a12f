// Random aggregations over random epochs, watermarks and restarts give what a row-by-row model gives.
#include "operators/aggregation.hpp"
#include "test_seed.hpp"

#include <map>
#include <random>

#include <weir/columns/time.hpp>

using namespace std::chrono_literals;
using namespace weir;
using namespace weir_test;

namespace {

struct event {
  std::optional<std::string> user;
  std::optional<timestamp> time;
  std::optional<std::int64_t> value;
  std::optional<std::string> label;
  std::optional<std::chrono::microseconds> gap;
};
BOOST_DESCRIBE_STRUCT(event, (), (user, time, value, label, gap))

enum class grouping { none, tumbling, sliding, session, dynamic_session, time_key };

/// What a random case is made of.
struct setup {
  grouping by = grouping::none;
  output_mode mode = output_mode::update;
  bool keyed = true;
  bool watermarked = true;
  std::int64_t size = 5, slide = 5, start = 0, gap = 3;  // seconds
};

aggregate_options options_of(const setup& of) {
  aggregate_options options;
  options.input = row_schema<event>();
  if (of.keyed)
    options.keys = {{0, "user"}};
  switch (of.by) {
  case grouping::none: break;
  case grouping::tumbling:
  case grouping::sliding:
    options.time = window_grouping{1, of.size * 1s, of.slide * 1s, of.start * 1s, "window"};
    break;
  case grouping::session: options.time = session_grouping{1, of.gap * 1s, {}, "window"}; break;
  case grouping::dynamic_session: options.time = session_grouping{1, {}, 4, "window"}; break;
  case grouping::time_key:
    options.keys.push_back({1, "at"});
    options.time = time_key_grouping{options.keys.size() - 1};
    break;
  }
  options.window_position = options.keys.size();
  using enum aggregate_kind;
  options.aggregates = {{count, {}, "rows"}, {count, {2}, "values"}, {sum, {2}, "total"},      {avg, {2}, "mean"},
                        {min, {3}, "least"}, {max, {2}, "most"},     {max_by, {3, 2}, "which"}};
  if (of.by != grouping::session &&
      of.by != grouping::dynamic_session) {  // those of rows joined late have an order of their own
    options.aggregates.push_back({last, {3}, "newest"});
    options.aggregates.push_back({collect_list, {2}, "all"});
  }
  options.mode = of.mode;
  options.watermarked = of.watermarked;
  return options;
}

/// A group as the model keeps it: the rows themselves.
struct group {
  std::int64_t start = 0, end = 0;  ///< microseconds
  std::vector<event> rows;
  bool touched = false;
};

std::string text_of(const std::optional<std::string>& text) { return text ? "\"" + *text + "\"" : "null"; }
std::string time_of(std::int64_t micros) {
  return "\"" + format_iso(timestamp{std::chrono::microseconds{micros}}) + "\"";
}

class model {
public:
  explicit model(const setup& of) : of_{of} {}

  epoch_result run(const std::vector<event>& rows, timestamp late, timestamp evict) {
    const auto evicts = of_.watermarked && of_.mode != output_mode::complete;
    late_ = evicts ? late.time_since_epoch() / 1us : std::numeric_limits<std::int64_t>::min();
    epoch_result given;
    for (const auto& row : rows)
      add(row, given);
    if (of_.by == grouping::none && !of_.keyed && of_.mode != output_mode::append)
      groups_[std::nullopt].resize(1), groups_[std::nullopt][0].touched = true;
    for (auto& [key, all] : groups_)
      for (auto& one : all) {
        const auto due = evicts && one.end <= evict.time_since_epoch() / 1us && of_.by != grouping::none;
        const auto wanted = of_.mode == output_mode::append   ? due
                            : of_.mode == output_mode::update ? one.touched
                                                              : true;
        if (wanted)
          given.rows.push_back(print(key, one));
        one.touched = false;
      }
    if (evicts && of_.by != grouping::none)
      for (auto& [key, all] : groups_)
        std::erase_if(all, [&](const group& one) { return one.end <= evict.time_since_epoch() / 1us; });
    std::ranges::sort(given.rows);
    return given;
  }

  /// A microsecond before the first group that waits for the watermark ends.
  std::optional<timestamp> wakeup() const {
    std::optional<timestamp> first;
    if (!of_.watermarked || of_.mode == output_mode::complete)
      return first;
    for (const auto& [key, all] : groups_)
      for (const auto& one : all) {
        const auto due = timestamp{std::chrono::microseconds{one.end - 1}};
        first = first ? std::min(*first, due) : due;
      }
    return first;
  }

private:
  void add(const event& row, epoch_result& given) {
    const auto key = of_.keyed ? row.user : std::nullopt;
    const auto micros = row.time ? *row.time - timestamp{} : 0us;
    const auto time = micros / 1us;
    switch (of_.by) {
    case grouping::none: add_to(key, 0, 0, row); return;
    case grouping::time_key:
      if (time <= late_ && row.time)
        ++given.metrics.rows_dropped_by_watermark;
      else if (!row.time && 0 <= late_)
        ++given.metrics.rows_dropped_by_watermark;
      else
        add_to(key, row.time ? time : null_time, row.time ? time : 0, row);
      return;
    case grouping::tumbling:
    case grouping::sliding: {
      if (!row.time)
        return;
      auto counted = false;
      const auto second = 1'000'000;
      for (auto start = of_.start * second - 200 * of_.slide * second; start <= time; start += of_.slide * second)
        if (start + of_.size * second > time && start + of_.size * second > late_) {
          add_to(key, start, start + of_.size * second, row);
          counted = true;
        }
      given.metrics.rows_dropped_by_watermark += counted ? 0 : 1;
      return;
    }
    case grouping::session:
    case grouping::dynamic_session: {
      const auto gap = of_.by == grouping::session ? std::optional{std::chrono::microseconds{of_.gap * 1s}} : row.gap;
      if (!row.time || !gap || *gap <= 0us)
        return;
      if (time + gap->count() <= late_)
        ++given.metrics.rows_dropped_by_watermark;
      else
        add_session(key, time, time + gap->count(), row);
      return;
    }
    }
  }
  void add_to(const std::optional<std::string>& key, std::int64_t start, std::int64_t end, const event& row) {
    auto& all = groups_[key];
    auto found = std::ranges::find(all, start, &group::start);
    if (found == all.end())
      found = all.insert(all.end(), group{start, end, {}, false});
    found->rows.push_back(row);
    found->touched = true;
  }
  void add_session(const std::optional<std::string>& key, std::int64_t start, std::int64_t end, const event& row) {
    auto& all = groups_[key];
    group joined{start, end, {}, true};
    for (auto& one : all)
      if (one.start <= end && start <= one.end) {
        joined.start = std::min(joined.start, one.start);
        joined.end = std::max(joined.end, one.end);
        joined.rows.insert(joined.rows.end(), one.rows.begin(), one.rows.end());
      }
    std::erase_if(all, [&](const group& one) { return one.start <= end && start <= one.end; });
    joined.rows.push_back(row);
    all.push_back(std::move(joined));
  }

  std::string print(const std::optional<std::string>& key, group one) const {
    if (of_.by == grouping::sliding) {
      // Panes are merged in order of time.
      const auto pane = std::gcd(of_.size, of_.slide) * 1'000'000;
      std::ranges::stable_sort(one.rows, {}, [&](const event& row) {
        return ((*row.time - timestamp{}) / 1us - of_.start * 1'000'000 + 1000 * pane) / pane;
      });
    }
    std::string text = "{";
    if (of_.keyed)
      text += "\"user\":" + text_of(key) + ",";
    if (of_.by == grouping::time_key)
      text += "\"at\":" + (one.start == null_time ? "null" : time_of(one.start)) + ",";
    else if (of_.by != grouping::none)
      text += "\"window\":{\"start\":" + time_of(one.start) + ",\"end\":" + time_of(one.end) + "},";
    std::int64_t values = 0, total = 0;
    std::optional<std::string> least, which;
    std::optional<std::int64_t> most;
    std::string all;
    for (const auto& row : one.rows) {
      if (row.label && (!least || *row.label < *least))
        least = row.label;
      if (!row.value)
        continue;
      ++values;
      total += *row.value;
      all += (all.empty() ? "" : ",") + std::to_string(*row.value);
      if (!most || *row.value > *most) {
        most = row.value;
        which = row.label;
      }
    }
    const auto number = [&](std::int64_t value) { return values > 0 ? std::to_string(value) : "null"; };
    std::string mean = "null";
    if (values > 0) {
      mean.clear();
      append_number(static_cast<double>(total) / static_cast<double>(values), mean);
    }
    text += "\"rows\":" + std::to_string(one.rows.size()) + ",\"values\":" + std::to_string(values) +
            ",\"total\":" + number(total) + ",\"mean\":" + mean + ",\"least\":" + text_of(least) +
            ",\"most\":" + number(most.value_or(0)) + ",\"which\":" + text_of(which);
    if (of_.by != grouping::session && of_.by != grouping::dynamic_session)
      text += ",\"newest\":" + (one.rows.empty() ? "null" : text_of(one.rows.back().label)) + ",\"all\":[" + all + "]";
    return text + "}";
  }

  static constexpr std::int64_t null_time = -1;
  setup of_;
  std::map<std::optional<std::string>, std::vector<group>> groups_;
  std::int64_t late_ = 0;
};

class chance {
public:
  explicit chance(std::uint64_t seed) : engine_{seed} {}
  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(engine_);
  }
  bool once_in(std::int64_t times) { return number(1, times) == 1; }

private:
  std::mt19937_64 engine_;
};

setup any_setup(chance& of) {
  setup made;
  made.by = static_cast<grouping>(of.number(0, 5));
  const auto session = made.by == grouping::session || made.by == grouping::dynamic_session;
  made.keyed = session || !of.once_in(4);
  made.watermarked = made.by != grouping::none && !of.once_in(5);
  made.mode = static_cast<output_mode>(of.number(made.watermarked ? 0 : 1, 2));
  made.size = of.number(1, 12);
  made.slide = made.by == grouping::sliding ? of.number(1, made.size) : made.size;
  made.start = of.number(1 - made.slide, made.slide - 1);
  made.gap = of.number(1, 6);
  return made;
}

/// `distinct` numbers, so that max_by has one answer.
event any_event(chance& of, std::int64_t now, std::int64_t& distinct) {
  event made;
  if (!of.once_in(20))
    made.user = std::string(static_cast<std::size_t>(of.number(0, 30)), 'u') + std::to_string(of.number(0, 5));
  if (made.user && of.once_in(2))
    made.user = "u" + std::to_string(of.number(0, 3));
  if (!of.once_in(20))
    made.time = timestamp{std::chrono::milliseconds{now * 1000 - of.number(0, of.once_in(3) ? 30'000 : 4'000)}};
  if (!of.once_in(10))
    made.value = (++distinct) * (of.once_in(2) ? 1 : -1);
  if (!of.once_in(10))
    made.label = std::string(static_cast<std::size_t>(of.number(0, 20)), static_cast<char>('a' + of.number(0, 3)));
  if (!of.once_in(20))
    made.gap = std::chrono::seconds{of.number(-1, 8)};
  return made;
}

void run_case(std::uint64_t seed) {
  chance of{seed};
  const auto with = any_setup(of);
  INFO("seed " << seed << ", grouping " << static_cast<int>(with.by) << ", mode " << to_string(with.mode) << ", keyed "
               << with.keyed << ", watermark " << with.watermarked << ", size " << with.size << ", slide " << with.slide
               << ", start " << with.start << ", gap " << with.gap);
  const auto partitions = [&] {
    return with.keyed || with.by == grouping::time_key ? static_cast<int>(of.number(1, 5)) : 1;
  };
  aggregation tested{options_of(with), partitions()};
  model expected{with};
  std::int64_t now = 40, distinct = 0;
  auto late = at(0), evict = at(0);
  for (auto epoch = of.number(1, 12); epoch > 0; --epoch) {
    if (of.once_in(3))
      tested.restart(partitions());
    tested.full_after = static_cast<int>(of.number(0, 2));
    std::vector<event> rows;
    for (auto count = of.number(1, 30); count > 0; --count)
      rows.push_back(any_event(of, now, distinct));
    const auto got = tested.run(rows, late, evict);
    const auto want = expected.run(rows, late, evict);
    if (got.rows != want.rows || got.metrics.rows_dropped_by_watermark != want.metrics.rows_dropped_by_watermark ||
        static_cast<std::int64_t>(got.late.size()) != want.metrics.rows_dropped_by_watermark) {
      std::vector<std::string> missing, besides;
      std::ranges::set_difference(want.rows, got.rows, std::back_inserter(missing));
      std::ranges::set_difference(got.rows, want.rows, std::back_inserter(besides));
      CHECK(missing == std::vector<std::string>{});
      CHECK(besides == std::vector<std::string>{});
      CHECK(got.metrics.rows_dropped_by_watermark == want.metrics.rows_dropped_by_watermark);
      CHECK(static_cast<std::int64_t>(got.late.size()) == want.metrics.rows_dropped_by_watermark);
      FAIL(missing.size() << " rows missing, " << besides.size() << " besides");
    }
    if (with.by != grouping::sliding)  // whose panes live longer than their first windows
      CHECK(tested.wakeup() == expected.wakeup());
    now += of.number(0, 6);
    late = evict;
    if (!of.once_in(3))
      evict = std::max(evict, at(now - of.number(5, 20)));
  }
}

}  // namespace

TEST_CASE("any aggregation gives what a row-by-row model gives", "[aggregate]") {
  const auto seed = test_seed();
  for (std::uint64_t i = 0; i < 1500; ++i)
    run_case(seed + i);
  SUCCEED();
}
