// idle_timeout: inputs that bring no rows do not hold the watermark back.
#include "event_windows.hpp"

using namespace std::chrono_literals;
using namespace weir;
using namespace weir_test;

namespace {

struct idle_inputs {
  event_input a, b;
  memory_output output, late;
};

/// Counts by window of both inputs, each with a watermark of its own; idle after 10 s without rows.
void build(stream_test& t, const idle_inputs& in) {
  run(t, output_mode::append, in.output, [in](engine& on) {
    return with_starts(timed(on, in.a)
                           .union_with(timed(on, in.b))
                           .group_by(window(col("time"), "5 seconds"))
                           .count()
                           .late_rows(sinks::memory{in.late}));
  });
  t.options().idle_timeout = 10s;
}

/// The watermark comes to 15 s, of A alone.
void pass_b(stream_test& t, const idle_inputs& in) {
  add(t, in.a, {10});
  t.check_new<counted>(in.output, {});
  t.advance(6s);
  add(t, in.a, {25});
  t.check_new<counted>(in.output, {});
  t.advance(4s);
  t.check_new<counted>(in.output, {{10, 1}});
}

}  // namespace

TEST_CASE("an input that never had rows holds the watermark back until it is idle", "[scenario]") {
  stream_test t{{}};
  const idle_inputs in;
  build(t, in);
  add(t, in.a, {10});
  t.check_new<counted>(in.output, {});
  t.advance(6s);
  add(t, in.a, {25});
  t.advance(3999ms);
  t.check_new<counted>(in.output, {});
  t.advance(1ms);
  t.check_new<counted>(in.output, {{10, 1}});
}

TEST_CASE("W04 without a timeout an input without rows holds the watermark back for ever", "[scenario]") {
  run_plans([](stream_test& t) {
    const idle_inputs in;
    build(t, in);
    t.options().idle_timeout.reset();
    add(t, in.a, {10});
    t.advance(6s);
    add(t, in.a, {25});
    t.advance(3600s);
    t.check_new<counted>(in.output, {});
    add(t, in.b, {40});
    t.check_new<counted>(in.output, {{10, 1}});
  });
}

TEST_CASE("when all inputs are idle the watermark stays", "[scenario]") {
  stream_test t{{}};
  const idle_inputs in;
  build(t, in);
  add(t, in.a, {10, 25});
  t.advance(60s);  // both became idle after 10 s
  t.check_new<counted>(in.output, {});
  add(t, in.b, {11});  // and is not late
  t.check_new<counted>(in.output, {});
  t.advance(6s);
  add(t, in.a, {26});
  t.check_new<counted>(in.output, {});
  t.advance(6s);
  t.check_new<counted>(in.output, {{10, 2}});
  t.advance(3600s);
  add(t, in.b, {31});  // idle until now: what it is behind counts again, and takes nothing back
  t.check_new<counted>(in.output, {});
  t.check_new<event>(in.late, {});
}

TEST_CASE("rows of an input that returns behind the watermark are late, and it holds the watermark again",
          "[scenario]") {
  stream_test t{{}};
  const idle_inputs in;
  build(t, in);
  pass_b(t, in);
  add(t, in.b, {11, 16});
  t.check_new<counted>(in.output, {});
  t.check_new<event>(in.late, {at(11)});
  add(t, in.a, {60});
  t.check_new<counted>(in.output, {});
  t.advance(6s);
  add(t, in.a, {61});
  t.check_new<counted>(in.output, {});
  t.advance(4s);
  t.check_new<counted>(in.output, {{15, 1}, {25, 1}});
}

TEST_CASE("after a restart every input is active for the timeout; the watermark stays where it was", "[scenario]") {
  stream_test t{{}};
  const idle_inputs in;
  build(t, in);
  pass_b(t, in);
  t.stop();
  add(t, in.b, {14});
  add(t, in.a, {60});
  t.check_new<counted>(in.output, {});
  t.check_new<event>(in.late, {at(14)});
  t.advance(6s);
  add(t, in.a, {61});
  t.advance(3s);
  t.check_new<counted>(in.output, {});
  t.advance(1s);
  t.check_new<counted>(in.output, {{25, 1}});
}

TEST_CASE("an idle input is passed whatever restarts and crashes come between", "[scenario]") {
  const auto script = [](stream_test& t) {
    const idle_inputs in;
    build(t, in);
    add(t, in.a, {10});
    t.process();
    // A start lets B hold the watermark for 10 s more.
    for (const std::int64_t second : {25, 26, 27, 28}) {
      t.advance(6s);
      add(t, in.a, {second});
      t.process();
    }
    check_all<counted>(t, in.output, {{10, 1}});
    t.check_new<event>(in.late, {});
  };
  auto actions = 0;
  {
    stream_test t{{}};
    script(t);
    actions = t.actions();
  }
  for (int before = 0; before < actions; ++before) {
    INFO("restart before action " << before);
    stream_test t{{.restart_before = before, .crash = {}}};
    script(t);
  }
  for (std::int64_t crash = 0;; ++crash) {
    INFO("crash at operation " << crash);
    stream_test t{
        {.restart_before = {}, .crash = crash, .seed = static_cast<std::uint64_t>(crash), .power_cut = crash % 2 == 0}};
    script(t);
    if (!t.crashed())
      break;
  }
}
