#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/describe.hpp>

#include <weir/columns/batch.hpp>
#include <weir/columns/schema.hpp>

namespace weir {

/// What becomes of a row that a stateless step refuses (by an error or an exception).
enum class error_policy : unsigned char {
  fail,        ///< the query ends; the message shows the row and its offset, and nothing is lost
  skip,        ///< the row is counted and left out
  dead_letter  ///< the row goes to the step's dead-letter sink
};

/// What a dead-letter sink gets of a refused row.
struct dead_letter_row {
  std::string row;  ///< the step's input row as JSON
  std::string step;
  std::string error;
  // While every step before was one to one; else none.
  std::optional<std::string> source;
  std::optional<std::string> offset;  ///< JSON
  std::optional<std::string> raw;     ///< the row as the source gave it: the bytes of its only text column, else JSON
};
BOOST_DESCRIBE_STRUCT(dead_letter_row, (), (row, step, error, source, offset, raw))

const schema& dead_letter_schema();

/// Decides what becomes of refused rows, and gathers dead letters.
class row_errors {
public:
  row_errors(error_policy policy, std::string step) : policy_{policy}, step_{std::move(step)} {}

  void set_step(std::string name) { step_ = std::move(name); }
  /// The row at `index` of `rows` was refused with `cause`; an error when the query must end.
  status refuse(const batch& rows, std::int64_t index, const status& cause);
  /// Sends the dead letters of the last batch to side output 1.
  void flush(collector& out);
  std::int64_t take_skipped() { return std::exchange(skipped_, 0); }
  std::int64_t take_dead_lettered() { return std::exchange(dead_lettered_, 0); }

private:
  struct letter {
    std::string row, error, source, offset, raw;
    bool has_origin = false;
  };
  error_policy policy_;
  std::string step_;
  std::vector<letter> letters_;
  std::int64_t skipped_ = 0;
  std::int64_t dead_lettered_ = 0;
};

}  // namespace weir
