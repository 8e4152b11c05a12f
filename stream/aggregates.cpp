#include <weir/stream/aggregates.hpp>

#include <weir/columns/time.hpp>

namespace weir {

namespace {

expression aggregate_of(const char* name, const expression& value) { return call_function(name, {value}); }

expression text(std::string_view value) { return lit(std::string{value}); }

}  // namespace

expression count() { return call_function("count", {}).as("count"); }
expression count(const expression& value) { return aggregate_of("count", value); }
expression sum(const expression& value) { return aggregate_of("sum", value); }
expression avg(const expression& value) { return aggregate_of("avg", value); }
expression min(const expression& value) { return aggregate_of("min", value); }
expression max(const expression& value) { return aggregate_of("max", value); }
expression stddev(const expression& value) { return aggregate_of("stddev", value); }
expression stddev_pop(const expression& value) { return aggregate_of("stddev_pop", value); }
expression variance(const expression& value) { return aggregate_of("variance", value); }
expression var_pop(const expression& value) { return aggregate_of("var_pop", value); }

expression first(const expression& value, bool ignore_nulls) {
  return ignore_nulls ? call_function("first", {value, text("ignore nulls")}) : aggregate_of("first", value);
}
expression last(const expression& value, bool ignore_nulls) {
  return ignore_nulls ? call_function("last", {value, text("ignore nulls")}) : aggregate_of("last", value);
}
expression collect_list(const expression& value, std::size_t max_elements) {
  return call_function("collect_list", {value, text("at most " + std::to_string(max_elements))})
      .as("collect_list(" + value.to_string() + ")");
}
expression collect_set(const expression& value, std::size_t max_elements) {
  return call_function("collect_set", {value, text("at most " + std::to_string(max_elements))})
      .as("collect_set(" + value.to_string() + ")");
}
expression max_by(const expression& value, const expression& by) { return call_function("max_by", {value, by}); }
expression min_by(const expression& value, const expression& by) { return call_function("min_by", {value, by}); }

expression window(const expression& time, std::string_view size, std::string_view slide, std::string_view start) {
  return call_function("window", {time, text(size), text(slide.empty() ? size : slide),
                                  text(start.empty() ? std::string_view{"0 seconds"} : start)})
      .as("window");
}
expression window(const expression& time, std::chrono::microseconds size, std::chrono::microseconds slide,
                  std::chrono::microseconds start) {
  const auto micros = [](std::chrono::microseconds length) { return std::to_string(length.count()) + " microseconds"; };
  return window(time, micros(size), micros(slide.count() == 0 ? size : slide), micros(start));
}

expression session_window(const expression& time, std::string_view gap) {
  return call_function("session_window", {time, text(gap)}).as("session_window");
}
expression session_window(const expression& time, std::chrono::microseconds gap) {
  return session_window(time, std::to_string(gap.count()) + " microseconds");
}
expression detail::session_window_of(const expression& time, const expression& gap) {
  return call_function("session_window", {time, gap}).as("session_window");
}

expression window_time(const expression& window) {
  return (window.field("end") - lit(std::chrono::microseconds{1})).as("window_time");
}

}  // namespace weir
