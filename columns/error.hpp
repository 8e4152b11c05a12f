#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace weir {

/// Stable error codes; their numbers and names never change meaning.
enum class errc : int {
  ok = 0,
  invalid_argument = 1,      ///< an option or argument is out of range
  unknown_column = 2,        ///< a column is named that the schema does not have
  type_mismatch = 3,         ///< expected and actual types differ
  unsupported = 4,           ///< the combination is refused (output mode, trigger, sink)
  invalid_row = 5,           ///< a row was refused by a step
  user_function = 6,         ///< a user function threw
  io_error = 10,             ///< a file or directory could not be read or written
  disk_full = 11,            ///< ENOSPC or EDQUOT
  corrupt_checkpoint = 12,   ///< a checkpoint file fails its checksum or cannot be parsed
  checkpoint_in_use = 13,    ///< another query holds the checkpoint's lock
  checkpoint_mismatch = 14,  ///< the checkpoint belongs to another query, plan or output
  checkpoint_newer = 15,     ///< the checkpoint was written by a newer format
  connection_failed = 20,    ///< a peer could not be reached
  connection_lost = 21,      ///< a peer went away
  line_too_long = 22,        ///< an input line exceeds the limit
  source_failed = 23,        ///< a source failed for another reason
  sink_failed = 24,          ///< a sink failed for another reason
  state_limit = 30,          ///< max_state_bytes was reached
  out_of_memory = 31,        ///< an allocation failed, or a column passed 2 GiB
  timeout = 40,              ///< a wait ran out of time
  stopped = 41,              ///< the query was stopped while the call waited
  internal = 99,             ///< a bug of weir's own
};

/// The code's stable name, as in "corrupt_checkpoint".
std::string_view to_string(errc code) noexcept;

/// What went wrong and where; empty fields are unknown.
struct error_info {
  errc code = errc::internal;
  std::string message;
  std::string operator_name;          ///< the operator, source or sink, as in "sessions/map-1"
  std::optional<std::int64_t> epoch;  ///< the epoch that was running
  std::string key;                    ///< the key of the group, printable
  std::string offset;                 ///< the source's offset, JSON text
};

/// Success, or an error with its place. Cheap when ok (one null pointer).
class [[nodiscard]] status {
public:
  status() noexcept = default;
  status(errc code, std::string message);
  explicit status(error_info info);

  bool ok() const noexcept { return info_ == nullptr; }
  explicit operator bool() const noexcept { return ok(); }
  errc code() const noexcept { return info_ ? info_->code : errc::ok; }
  /// The message alone; empty when ok.
  const std::string& message() const noexcept;
  /// All fields; code `ok` and empty fields when ok.
  const error_info& info() const noexcept;

  /// Adds a place where none is known yet; a place that is known stays.
  status at_operator(std::string_view name) &&;
  status at_epoch(std::int64_t epoch) &&;
  status at_key(std::string_view key) &&;
  status at_offset(std::string_view offset) &&;

  /// One line: "io_error: write log/000001.log: No space left on device [operator log, epoch 3]"; lines of a table may
  /// follow. Control characters are shown as in "\x1b".
  std::string to_string() const;

private:
  std::shared_ptr<const error_info> info_;
};

/// An I/O error from errno: ENOSPC and EDQUOT become disk_full; `what` names action and file.
status errno_status(int error_number, std::string_view what);

/// The status of the exception being handled (call inside a catch block only).
status current_exception_status(errc code, std::string_view what);

/// A row refused by a user's step: `return weir::refuse("no number in field 2");`
status refuse(std::string message);

/// A value, or the status that says why there is none.
template <class T>
class [[nodiscard]] result {
public:
  using value_type = T;

  result(T value) : value_{std::in_place_index<0>, std::move(value)} {}       // NOLINT: by design
  result(status error) : value_{std::in_place_index<1>, std::move(error)} {}  // NOLINT: by design
  template <class U>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, status> && !std::is_same_v<std::remove_cvref_t<U>, result>)
  result(U&& value) : value_{std::in_place_index<0>, std::forward<U>(value)} {}  // NOLINT: by design

  bool ok() const noexcept { return value_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& operator*() & { return *std::get_if<0>(&value_); }
  const T& operator*() const& { return *std::get_if<0>(&value_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&value_)); }
  T* operator->() { return std::get_if<0>(&value_); }
  const T* operator->() const { return std::get_if<0>(&value_); }

  /// The error; an ok status when there is a value.
  status error() const { return ok() ? status{} : *std::get_if<1>(&value_); }

private:
  std::variant<T, status> value_;
};

}  // namespace weir

#define WEIR_CONCAT_INNER(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_INNER(a, b)

/// Returns the status from the enclosing function unless `expr` is ok.
#define WEIR_TRY(expr)                                                                                                 \
  do {                                                                                                                 \
    if (auto weir_try_status = (expr); !weir_try_status.ok())                                                          \
      return weir_try_status;                                                                                          \
  } while (false)

/// `WEIR_ASSIGN(auto x, f());` binds the value or returns the status.
#define WEIR_ASSIGN_INNER(tmp, lhs, expr)                                                                              \
  auto tmp = (expr);                                                                                                   \
  if (!tmp.ok())                                                                                                       \
    return tmp.error();                                                                                                \
  lhs = std::move(*tmp)
#define WEIR_ASSIGN(lhs, expr) WEIR_ASSIGN_INNER(WEIR_CONCAT(weir_result_, __COUNTER__), lhs, expr)
