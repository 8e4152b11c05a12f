#include <weir/columns/error.hpp>

#include <cerrno>
#include <exception>
#include <system_error>

namespace weir {

namespace {

const std::string no_message;
const error_info no_error{errc::ok, {}, {}, {}, {}, {}};

}  // namespace

std::string_view to_string(errc code) noexcept {
  switch (code) {
  case errc::ok: return "ok";
  case errc::invalid_argument: return "invalid_argument";
  case errc::unknown_column: return "unknown_column";
  case errc::type_mismatch: return "type_mismatch";
  case errc::unsupported: return "unsupported";
  case errc::invalid_row: return "invalid_row";
  case errc::user_function: return "user_function";
  case errc::io_error: return "io_error";
  case errc::disk_full: return "disk_full";
  case errc::corrupt_checkpoint: return "corrupt_checkpoint";
  case errc::checkpoint_in_use: return "checkpoint_in_use";
  case errc::checkpoint_mismatch: return "checkpoint_mismatch";
  case errc::checkpoint_newer: return "checkpoint_newer";
  case errc::connection_failed: return "connection_failed";
  case errc::connection_lost: return "connection_lost";
  case errc::line_too_long: return "line_too_long";
  case errc::source_failed: return "source_failed";
  case errc::sink_failed: return "sink_failed";
  case errc::state_limit: return "state_limit";
  case errc::out_of_memory: return "out_of_memory";
  case errc::timeout: return "timeout";
  case errc::stopped: return "stopped";
  case errc::internal: return "internal";
  }
  return "unknown";
}

status::status(errc code, std::string message)
    : info_{std::make_shared<const error_info>(error_info{code, std::move(message), {}, {}, {}, {}})} {}

status::status(error_info info) : info_{std::make_shared<const error_info>(std::move(info))} {}

const std::string& status::message() const noexcept { return info_ ? info_->message : no_message; }

const error_info& status::info() const noexcept { return info_ ? *info_ : no_error; }

status status::at_operator(std::string_view name) && {
  if (!info_ || !info_->operator_name.empty())
    return std::move(*this);
  auto copy = *info_;
  copy.operator_name = name;
  return status{std::move(copy)};
}

status status::at_epoch(std::int64_t epoch) && {
  if (!info_ || info_->epoch)
    return std::move(*this);
  auto copy = *info_;
  copy.epoch = epoch;
  return status{std::move(copy)};
}

status status::at_key(std::string_view key) && {
  if (!info_ || !info_->key.empty())
    return std::move(*this);
  auto copy = *info_;
  copy.key = key;
  return status{std::move(copy)};
}

status status::at_offset(std::string_view offset) && {
  if (!info_ || !info_->offset.empty())
    return std::move(*this);
  auto copy = *info_;
  copy.offset = offset;
  return status{std::move(copy)};
}

namespace {

/// A row in a message may hold any byte: one that would end a C string or drive a terminal is shown as \x1b.
std::string without_controls(const std::string& text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  shown.reserve(text.size());
  for (const auto c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t') {
      shown += c;
      continue;
    }
    shown += "\\x";
    shown += digits[byte >> 4U];
    shown += digits[byte & 15U];
  }
  return shown;
}

}  // namespace

std::string status::to_string() const {
  if (!info_)
    return "ok";
  std::string text{weir::to_string(info_->code)};
  text += ": ";
  text += info_->message;
  std::string place;
  const auto add = [&place](std::string_view label, std::string_view value) {
    if (value.empty())
      return;
    place += place.empty() ? " [" : ", ";
    place += label;
    place += ' ';
    place += value;
  };
  add("operator", info_->operator_name);
  if (info_->epoch)
    add("epoch", std::to_string(*info_->epoch));
  add("key", info_->key);
  add("offset", info_->offset);
  if (!place.empty())
    text += place + "]";
  return without_controls(text);
}

status errno_status(int error_number, std::string_view what) {
  const auto full = error_number == ENOSPC || error_number == EDQUOT;
  auto message = std::string{what};
  message += ": ";
  message += std::generic_category().message(error_number);
  return {full ? errc::disk_full : errc::io_error, std::move(message)};
}

status current_exception_status(errc code, std::string_view what) {
  auto message = std::string{what};
  try {
    throw;
  } catch (const std::exception& error) {
    message += ": ";
    message += error.what();
  } catch (...) {
    message += ": unknown exception";
  }
  return {code, std::move(message)};
}

status refuse(std::string message) { return {errc::invalid_row, std::move(message)}; }

}  // namespace weir
