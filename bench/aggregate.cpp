// Windowed counts by key: the operator alone beside the plainest loop that gives the same rows, in the same run. Input
// is ready columns of bids in order of time; an epoch is 64 K rows; update mode, one row for each group that an epoch
// touched; nothing is durable. The operator's time has the hashing of the keys in it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include <CLI/CLI.hpp>
#include <arrow/api.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <weir/columns/key_codec.hpp>
#include <weir/columns/row_codec.hpp>
#include <weir/operators/aggregate.hpp>

using namespace std::chrono_literals;

namespace {

struct bid {
  std::int64_t auction;
  std::int64_t bidder;
  std::int64_t price;
  std::string_view channel;
  weir::timestamp time;
};
BOOST_DESCRIBE_STRUCT(bid, (), (auction, bidder, price, channel, time))

constexpr std::int64_t batch_rows = 8 * 1024;
constexpr std::size_t epoch_batches = 8;
constexpr std::int64_t second = 1'000'000;

std::vector<weir::batch> make_bids(std::int64_t rows, std::int64_t keys, std::int64_t a_second) {
  std::mt19937_64 random{7};
  weir::row_writer<bid> writer;
  std::vector<weir::batch> made;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto auction = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(keys));
    writer.append(
        {auction, i % 977, i % 1009, "channel", weir::timestamp{std::chrono::microseconds{i * second / a_second}}});
    if (writer.size() == batch_rows || i + 1 == rows)
      made.push_back(writer.finish());
  }
  return made;
}

struct columns {
  const std::int64_t* keys;
  const std::int64_t* times;
  std::int64_t rows;
};
columns columns_of(const weir::batch& bids) {
  return {weir::detail::view_of(*bids.arrow()->column_data(0)).values_as<std::int64_t>(),
          weir::detail::view_of(*bids.arrow()->column_data(4)).values_as<std::int64_t>(), bids.num_rows()};
}

/// Rows as plain buffers; both sides are summed up, so that they can be compared.
struct rows_out {
  std::vector<std::int64_t> keys, starts, ends, counts;
  std::uint64_t rows = 0, sum = 0;
  void add(std::int64_t key, std::int64_t start, std::int64_t end, std::int64_t count) {
    keys.push_back(key);
    starts.push_back(start);
    ends.push_back(end);
    counts.push_back(count);
  }
  void flush() {
    rows += keys.size();
    for (std::size_t i = 0; i < keys.size(); ++i)
      sum += static_cast<std::uint64_t>(keys[i] * 31 + starts[i] * 7 + ends[i] * 3 + counts[i]);
    keys.clear();
    starts.clear();
    ends.clear();
    counts.clear();
  }
};

class sums_out : public weir::collector {
public:
  void emit(weir::batch batch, int /*port*/) override {
    const auto key = weir::detail::view_of(*batch.arrow()->column_data(0));
    const auto window = weir::detail::view_of(*batch.arrow()->column_data(1));
    const auto* keys = key.values_as<std::int64_t>();
    const auto* starts = window.member(0).values_as<std::int64_t>();
    const auto* ends = window.member(1).values_as<std::int64_t>();
    const auto* counts = weir::detail::view_of(*batch.arrow()->column_data(2)).values_as<std::int64_t>();
    rows += static_cast<std::uint64_t>(batch.num_rows());
    for (std::int64_t i = 0; i < batch.num_rows(); ++i)
      sum += static_cast<std::uint64_t>(keys[i] * 31 + starts[i] * 7 + ends[i] * 3 + counts[i]);
  }
  bool full() const override { return false; }
  std::uint64_t rows = 0, sum = 0;
};

struct figures {
  double nanoseconds;  ///< of CPU a row
  std::uint64_t rows, sum;
};

/// Every epoch the watermark is what the epoch before reached, less the delay.
template <class Loop>
figures run_loop(const std::vector<weir::batch>& bids, std::int64_t delay, Loop loop) {
  rows_out out;
  std::int64_t reached = 0, watermark = 0, rows = 0;
  const auto begin = std::clock();
  for (std::size_t i = 0; i < bids.size(); ++i) {
    const auto in = columns_of(bids[i]);
    loop.take(in);
    rows += in.rows;
    reached = std::max(reached, in.times[in.rows - 1]);
    if ((i + 1) % epoch_batches == 0 || i + 1 == bids.size()) {
      loop.finish(watermark, out);
      out.flush();
      watermark = std::max(watermark, reached - delay);
    }
  }
  const auto spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return {spent * 1e9 / static_cast<double>(rows), out.rows, out.sum};
}

figures run_operator(const std::vector<weir::batch>& bids, std::int64_t delay, const weir::aggregate_operator& of) {
  const auto instance = of.instantiate();
  weir::operator_context context;
  context.watermark_defined = true;
  if (const auto opened = instance->open(context); !opened.ok())
    throw std::runtime_error{opened.to_string()};
  auto keys = *weir::key_encoder::make(weir::row_schema<bid>(), {0});
  sums_out out;
  std::int64_t reached = 0, rows = 0;
  weir::epoch_context epoch;
  const auto begin = std::clock();
  for (std::size_t i = 0; i < bids.size(); ++i) {
    const auto in = columns_of(bids[i]);
    auto hashes = std::make_shared<std::vector<std::uint64_t>>();
    keys.bind(bids[i]);
    keys.hash_all(*hashes);
    std::vector<std::uint32_t> all(static_cast<std::size_t>(in.rows));
    std::iota(all.begin(), all.end(), 0);
    if (const auto taken = instance->process_keyed(epoch, 0, {bids[i], std::move(hashes), std::move(all)}, out);
        !taken.ok())
      throw std::runtime_error{taken.to_string()};
    rows += in.rows;
    reached = std::max(reached, in.times[in.rows - 1]);
    if ((i + 1) % epoch_batches == 0 || i + 1 == bids.size()) {
      if (const auto finished = instance->finish(epoch, out); !finished.ok())
        throw std::runtime_error{finished.error().to_string()};
      epoch.watermarks.late = epoch.watermarks.evict;
      epoch.watermarks.evict =
          std::max(epoch.watermarks.evict, weir::timestamp{std::chrono::microseconds{reached - delay}});
    }
  }
  const auto spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return {spent * 1e9 / static_cast<double>(rows), out.rows, out.sum};
}

struct counted {
  std::int64_t count = 0;
  std::int64_t epoch = 0;
};
using counts_by_key = boost::unordered_flat_map<std::int64_t, counted>;

/// A map a window; the windows that the watermark has passed are dropped whole.
class tumbling_loop {
public:
  explicit tumbling_loop(std::int64_t size) : size_{size} {}
  void take(const columns& in) {
    for (std::int64_t i = 0; i < in.rows; ++i) {
      const auto start = in.times[i] - in.times[i] % size_;
      if (start != current_ || map_ == nullptr) {
        current_ = start;
        map_ = &windows_[start];
      }
      auto& one = (*map_)[in.keys[i]];
      ++one.count;
      if (one.epoch != epoch_) {
        one.epoch = epoch_;
        touched_.emplace_back(in.keys[i], start);
      }
    }
  }
  void finish(std::int64_t watermark, rows_out& out) {
    for (const auto& [key, start] : touched_)
      out.add(key, start, start + size_, windows_[start][key].count);
    touched_.clear();
    ++epoch_;
    while (!windows_.empty() && windows_.begin()->first + size_ <= watermark)
      windows_.erase(windows_.begin());
    map_ = nullptr;
  }

private:
  std::int64_t size_;
  std::int64_t current_ = 0;
  counts_by_key* map_ = nullptr;
  std::int64_t epoch_ = 1;
  std::map<std::int64_t, counts_by_key> windows_;
  std::vector<std::pair<std::int64_t, std::int64_t>> touched_;
};

/// A map a pane of one slide; a window's count is the sum of its panes', taken when it comes out.
class sliding_loop {
public:
  sliding_loop(std::int64_t size, std::int64_t slide) : size_{size}, slide_{slide} {}
  void take(const columns& in) {
    for (std::int64_t i = 0; i < in.rows; ++i) {
      const auto start = in.times[i] - in.times[i] % slide_;
      if (start != current_ || map_ == nullptr) {
        current_ = start;
        map_ = &panes_[start];
      }
      auto& one = (*map_)[in.keys[i]];
      ++one.count;
      if (one.epoch != epoch_) {
        one.epoch = epoch_;
        touched_.emplace_back(in.keys[i], start);
      }
    }
  }
  void finish(std::int64_t watermark, rows_out& out) {
    for (const auto& [key, pane] : touched_) {
      // Of a key's touched panes the last one in a window gives its row.
      auto last_end = pane + size_;
      for (auto later = panes_.upper_bound(pane); later != panes_.end() && later->first < pane + size_; ++later)
        if (const auto found = later->second.find(key); found != later->second.end() && found->second.epoch == epoch_) {
          last_end = later->first;
          break;
        }
      for (auto start = pane - size_ + slide_; start + size_ <= last_end; start += slide_) {
        if (start + size_ <= late_)
          continue;
        std::int64_t count = 0;
        for (auto in = panes_.lower_bound(start); in != panes_.end() && in->first < start + size_; ++in)
          if (const auto found = in->second.find(key); found != in->second.end())
            count += found->second.count;
        out.add(key, start, start + size_, count);
      }
    }
    touched_.clear();
    ++epoch_;
    late_ = watermark;
    while (!panes_.empty() && panes_.begin()->first + size_ <= watermark)
      panes_.erase(panes_.begin());
    map_ = nullptr;
  }

private:
  std::int64_t size_, slide_;
  std::int64_t current_ = 0, late_ = 0;
  counts_by_key* map_ = nullptr;
  std::int64_t epoch_ = 1;
  std::map<std::int64_t, counts_by_key> panes_;
  std::vector<std::pair<std::int64_t, std::int64_t>> touched_;
};

/// A key's sessions that the watermark has not passed; input in order only extends the last or begins one. Keys wait in
/// a list for each tenth of a second in which a session of theirs would end.
class session_loop {
  struct session {
    std::int64_t start, end, count;
    std::int64_t epoch;
  };

public:
  explicit session_loop(std::int64_t gap) : gap_{gap} {}
  void take(const columns& in) {
    for (std::int64_t i = 0; i < in.rows; ++i) {
      const auto time = in.times[i];
      auto& all = sessions_[in.keys[i]];
      if (all.empty() || time > all.back().end) {
        all.push_back({time, time + gap_, 0, 0});
        wait(in.keys[i], time + gap_);
      }
      auto& one = all.back();
      one.end = time + gap_;
      ++one.count;
      if (one.epoch != epoch_) {
        one.epoch = epoch_;
        touched_.emplace_back(in.keys[i], one.start);
      }
    }
  }
  void finish(std::int64_t watermark, rows_out& out) {
    for (const auto& [key, start] : touched_)
      for (const auto& one : sessions_[key])
        if (one.start == start)
          out.add(key, start, one.end, one.count);
    touched_.clear();
    ++epoch_;
    while (!waiting_.empty() && (waiting_.begin()->first + 1) * stretch <= watermark) {
      const auto keys = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      for (const auto key : keys) {
        const auto found = sessions_.find(key);
        if (found == sessions_.end())
          continue;
        auto& all = found->second;
        const auto before = all.size();
        std::erase_if(all, [&](const session& one) { return one.end <= watermark; });
        if (all.empty())
          sessions_.erase(found);
        else if (all.size() == before)
          wait(key, all.front().end);
      }
    }
  }

private:
  static constexpr std::int64_t stretch = second / 10;
  void wait(std::int64_t key, std::int64_t end) { waiting_[end / stretch].push_back(key); }

  std::int64_t gap_;
  std::int64_t epoch_ = 1;
  boost::unordered_flat_map<std::int64_t, std::vector<session>> sessions_;
  std::map<std::int64_t, std::vector<std::int64_t>> waiting_;
  std::vector<std::pair<std::int64_t, std::int64_t>> touched_;
};

weir::aggregate_options count_by(decltype(weir::aggregate_options::time) time) {
  weir::aggregate_options options;
  options.input = weir::row_schema<bid>();
  options.keys = {{0, "auction"}};
  options.time = std::move(time);
  options.window_position = 1;
  options.aggregates = {{weir::aggregate_kind::count, {}, "count"}};
  options.watermarked = true;
  return options;
}

template <class Loop>
void compare(const char* name, const std::vector<weir::batch>& bids, int rounds, std::int64_t delay,
             decltype(weir::aggregate_options::time) time, const Loop& loop) {
  const weir::aggregate_operator of{count_by(std::move(time))};
  std::vector<double> loops, operators;
  figures plain{}, weirs{};
  for (int round = 0; round < rounds; ++round) {
    plain = run_loop(bids, delay, loop);
    weirs = run_operator(bids, delay, of);
    loops.push_back(plain.nanoseconds);
    operators.push_back(weirs.nanoseconds);
  }
  std::ranges::sort(loops);
  std::ranges::sort(operators);
  const auto middle = loops.size() / 2;
  std::printf("%-14s loop %6.1f ns a row, operator %6.1f, ratio %.2f; %llu rows out%s\n", name, loops[middle],
              operators[middle], operators[middle] / loops[middle], static_cast<unsigned long long>(weirs.rows),
              plain.rows == weirs.rows && plain.sum == weirs.sum ? "" : " (THE LOOP'S ROWS DIFFER)");
}

}  // namespace

int main(int argc, char** argv) {
  std::int64_t rows = 4'000'000, keys = 100'000, a_second = 100'000;
  int rounds = 7;
  CLI::App app{"Windowed counts by key, beside plain loops"};
  app.add_option("--rows", rows, "bids")->capture_default_str();
  app.add_option("--keys", keys, "distinct keys")->capture_default_str();
  app.add_option("--rate", a_second, "bids a second of event time")->capture_default_str();
  app.add_option("--rounds", rounds, "of which the median is told")->capture_default_str();
  std::string only;
  app.add_option("--only", only, "tumbling, sliding or session");
  CLI11_PARSE(app, argc, argv);
  const auto bids = make_bids(rows, keys, a_second);
  if (only.empty() || only == "tumbling")
    compare("tumbling 10 s", bids, rounds, 2 * second, weir::window_grouping{4, 10s, 10s, {}, "window"},
            tumbling_loop{10 * second});
  if (only.empty() || only == "sliding")
    compare("sliding 10/2 s", bids, rounds, 2 * second, weir::window_grouping{4, 10s, 2s, {}, "window"},
            sliding_loop{10 * second, 2 * second});
  if (only.empty() || only == "session")
    compare("session 1 s", bids, rounds, 2 * second, weir::session_grouping{4, 1s, {}, "window"}, session_loop{second});
  return 0;
}
