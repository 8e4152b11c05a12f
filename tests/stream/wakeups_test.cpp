// A source that says that rows are there is heard at whatever moment it says so.
#include "catch.hpp"

#include <atomic>
#include <future>

#include <weir/sinks/callback.hpp>
#include <weir/sources/typed_source.hpp>
#include <weir/stream/engine.hpp>

#include "recording_listener.hpp"

using namespace weir;
using weir_test::long_enough;

namespace {

/// Row n comes while the query asks for it: it is in no answer yet, and it is said in the midst of the call.
class late_source : public source {
public:
  explicit late_source(int rows) : rows_{rows} {}
  weir::schema schema() const override { return row_schema<int>(); }
  status start(const source_context& context) override {
    context_ = context;
    return {};
  }
  result<offset> initial_offset() override { return offset{"0"}; }
  result<offset> latest_offset(const offset& start, const read_limit& /*limit*/) override {
    const auto answer = offset{std::to_string(there_)};
    if (there_ < rows_ && start == answer) {
      ++there_;
      context_.data_available();
    }
    return answer;
  }
  status get_batch(const offset& start, const offset& end, collector& out) override {
    row_writer<int> rows;
    for (auto row = std::stoi(start.json); row < std::stoi(end.json); ++row)
      rows.append(row);
    out.emit(rows.finish());
    return {};
  }
  status commit(const offset& /*end*/) override { return {}; }
  std::string description() const override { return "late"; }

private:
  source_context context_;
  int rows_;
  int there_ = 0;
};

struct late_source_description {
  using row_type = int;
  int rows;
  result<std::unique_ptr<source>> open() const { return std::unique_ptr<source>{new late_source{rows}}; }
  std::string kind() const { return "late"; }
  schema output_schema() const { return row_schema<int>(); }
};

}  // namespace

TEST_CASE("a row that comes while its source answers a poll is taken without another sign", "[wakeups][threads]") {
  constexpr int rows = 100;
  engine on;
  std::promise<void> all;
  std::atomic<int> seen = 0;
  const auto query = on.read_stream(late_source_description{rows})
                         .write_stream()
                         .start(sinks::callback<int>{[&](epoch_id /*epoch*/, std::span<const int> some) {
                           seen += static_cast<int>(some.size());
                           if (seen == rows)
                             all.set_value();
                         }});
  // Nobody asks the query for anything here: that would make it poll.
  CHECK(all.get_future().wait_for(long_enough) == std::future_status::ready);
  CHECK(seen == rows);
  query.stop();
}
