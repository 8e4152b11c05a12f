// C075: what a call of a group function leaves of a group's state and timeout, with rows and by a timeout.
#include "catch.hpp"

#include <functional>
#include <optional>

#include <weir/operators/group_function.hpp>

using namespace std::chrono_literals;
using namespace weir;

namespace {

timestamp at(std::int64_t millis) { return timestamp{std::chrono::milliseconds{millis}}; }

using state = group_state<std::int64_t>;
using action = std::function<void(state&)>;
using function = std::function<int(std::string_view, std::span<const std::string>, state&)>;
using groups_operator = group_function_operator<std::string, std::string, std::int64_t, int, false, function>;

class rows_out : public collector {
public:
  void emit(batch rows, int /*port*/) override { count += rows.num_rows(); }
  bool full() const override { return false; }
  std::int64_t count = 0;
};

/// A call as the function saw it.
struct call {
  std::size_t rows = 0;
  bool timed_out = false;
  std::optional<std::int64_t> value;
  friend bool operator==(const call&, const call&) = default;
};

/// What is kept of a group.
struct group {
  std::optional<std::int64_t> value;
  std::optional<timestamp> timeout;
  friend bool operator==(const group&, const group&) = default;
};

std::ostream& operator<<(std::ostream& out, const group& one) {
  out << "value " << (one.value ? std::to_string(*one.value) : "none") << ", timeout ";
  return one.timeout ? out << one.timeout->time_since_epoch() / 1ms : out << "none";
}

group_options options_of(group_timeout timeout) {
  group_options options;
  options.timeout = timeout;
  options.input = row_schema<std::string>();
  options.key_columns = {0};
  return options;
}

/// One partition of a group function over strings that are their own keys; each call does `acts`.
class groups {
public:
  explicit groups(group_timeout timeout)
      : timeout_{timeout}, of_{[this](std::string_view, std::span<const std::string> rows, state& one) {
                                 calls.push_back({rows.size(), one.has_timed_out(), one.get_option()});
                                 acts(one);
                                 return 0;
                               },
                               options_of(timeout)},
        instance_{of_.instantiate()} {
    operator_context context;
    context.watermark_defined = true;
    REQUIRE(instance_->open(context).ok());
  }

  /// An epoch whose time and watermark are `now`.
  void run(timestamp now, const std::vector<std::string>& rows) {
    epoch_context epoch;
    epoch.time = now;
    epoch.watermarks = {now, now};
    rows_out out;
    if (!rows.empty()) {
      row_writer<std::string> writer;
      for (const auto& row : rows)
        writer.append(row);
      keyed_rows some{writer.finish(), nullptr, {}};
      auto keys = *key_encoder::make(row_schema<std::string>(), {0});
      keys.bind(some.rows);
      std::vector<std::uint64_t> hashes;
      for (std::uint32_t row = 0; row < rows.size(); ++row) {
        hashes.push_back(hash_bytes(keys.key(row)));
        some.selection.push_back(row);
      }
      some.hashes = std::make_shared<const std::vector<std::uint64_t>>(std::move(hashes));
      REQUIRE(instance_->process_keyed(epoch, 0, std::move(some), out).ok());
    }
    const auto calls_before = calls.size();
    REQUIRE(instance_->finish(epoch, out));
    CHECK(out.count == static_cast<std::int64_t>(calls.size() - calls_before));
    const auto changes = instance_->take_changes();
    REQUIRE(changes);
    if (changes->num_rows() > 0)
      changes_.push_back(*changes);
  }

  /// What is kept of the only group. A restart from the changes must find the same.
  group kept() {
    groups restarted{timeout_};
    for (const auto& one : changes_)
      REQUIRE(restarted.instance_->restore(one).ok());
    const auto total = instance_->take_metrics().state_rows_total;
    CHECK(restarted.instance_->take_metrics().state_rows_total == total);
    group found;
    found.timeout = timer();
    CHECK(restarted.timer() == found.timeout);
    restarted.run(at(0), {"a"});
    found.value = restarted.calls.at(0).value;
    CHECK(total == (found.value || found.timeout ? 1 : 0));
    return found;
  }

  action acts = [](state&) {};
  std::vector<call> calls;

private:
  std::optional<timestamp> timer() const {
    const auto next = instance_->next_wakeup();
    return timeout_ == group_timeout::processing_time ? next.processing_time : next.event_time;
  }

  group_timeout timeout_;
  groups_operator of_;
  std::unique_ptr<operator_instance> instance_;
  std::vector<batch> changes_;
};

void arm(state& one, group_timeout timeout, timestamp when) {
  if (timeout == group_timeout::processing_time)
    one.set_timeout_duration(when - one.current_processing_time());
  else
    one.set_timeout_timestamp(when);
}

/// A group with this state and timeout, made in an epoch at 0.
void begin(groups& of, group_timeout timeout, const group& with) {
  of.acts = [&](state& one) {
    if (with.value)
      one.update(*with.value);
    if (with.timeout)
      arm(one, timeout, *with.timeout);
  };
  of.run(at(0), {"a"});
  of.acts = [](state&) {};
  of.calls.clear();
}

struct effect {
  const char* name;
  bool updates, removes, arms;
};
const effect effects[]{{"nothing", false, false, false},
                       {"update", true, false, false},
                       {"remove", false, true, false},
                       {"timeout", false, false, true},
                       {"update and timeout", true, false, true},
                       {"remove and timeout", false, true, true}};

action action_of(const effect& what, group_timeout timeout) {
  return [&what, timeout](state& one) {
    if (what.updates)
      one.update(6);
    if (what.removes)
      one.remove();
    if (what.arms)
      arm(one, timeout, at(6000));
  };
}

/// G03, G05, G06: a call clears the timeout and keeps the state, unless it says otherwise.
group left_by(const effect& what, std::optional<std::int64_t> before) {
  group left{before, std::nullopt};
  if (what.updates)
    left.value = 6;
  if (what.removes)
    left.value = std::nullopt;
  if (what.arms)
    left.timeout = at(6000);
  return left;
}

const group_timeout timeouts[]{group_timeout::processing_time, group_timeout::event_time};

}  // namespace

TEST_CASE("C075 a call with rows clears the timeout and does what the function says", "[group_function]") {
  for (const auto timeout : timeouts)
    for (const auto& before : {std::optional<std::int64_t>{}, std::optional<std::int64_t>{5}})
      for (const auto armed : {std::optional<timestamp>{}, std::optional{at(999)}, std::optional{at(2000)}})
        for (const auto& what : effects) {
          INFO(to_string(timeout) << ", " << (before ? "with" : "without") << " state, " << what.name);
          groups of{timeout};
          begin(of, timeout, {before, armed});
          of.acts = action_of(what, timeout);
          of.run(at(1000), {"a", "a"});
          CHECK(of.calls == std::vector{call{2, false, before}});  // G01, G02: once, also where it is due
          CHECK(of.kept() == left_by(what, before));
        }
}

TEST_CASE("C075 a timeout before now calls once, without rows, and is cleared", "[group_function]") {
  for (const auto timeout : timeouts)
    for (const auto& before : {std::optional<std::int64_t>{}, std::optional<std::int64_t>{5}})
      for (const auto& what : effects) {
        INFO(to_string(timeout) << ", " << (before ? "with" : "without") << " state, " << what.name);
        groups of{timeout};
        begin(of, timeout, {before, at(999)});
        of.acts = action_of(what, timeout);
        of.run(at(1000), {});
        CHECK(of.calls == std::vector{call{0, true, before}});
        CHECK(of.kept() == left_by(what, before));
      }
}

TEST_CASE("C075 a timeout at now or later does not call", "[group_function]") {
  for (const auto timeout : timeouts)
    for (const auto when : {at(1000), at(1001)}) {
      groups of{timeout};
      begin(of, timeout, {5, when});
      of.run(at(1000), {});
      CHECK(of.calls.empty());
      CHECK(of.kept() == group{5, when});
      of.run(at(1000), {"b"});  // nor do rows of another group
      CHECK(of.calls == std::vector{call{1, false, std::nullopt}});
    }
}

TEST_CASE("C075 without timeouts a state stays until it is removed", "[group_function]") {
  for (const auto& what : {effects[0], effects[1], effects[2]}) {
    INFO(what.name);
    groups of{group_timeout::none};
    begin(of, group_timeout::none, {5, std::nullopt});
    of.acts = action_of(what, group_timeout::none);
    of.run(at(1000), {});
    CHECK(of.calls.empty());
    of.run(at(2000), {"a"});
    CHECK(of.kept() == left_by(what, 5));
  }
}
