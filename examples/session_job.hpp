#pragma once

// The session-window job: lines `sessionId,winAmount[,deposit]` become a running sum a session; a deposit
// closes the session and emits its balance.

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe.hpp>

#include <weir/columns/error.hpp>
#include <weir/operators/group_state.hpp>

struct transaction {
  std::string_view session_id;  // a view of the line, which outlives the epoch
  double win_amount;
  bool deposit;
};
BOOST_DESCRIBE_STRUCT(transaction, (), (session_id, win_amount, deposit))

struct session_total {
  double total_sum = 0;
};
BOOST_DESCRIBE_STRUCT(session_total, (), (total_sum))

struct session_update {
  std::string session_id;
  double current_balance;
  bool deposit_current_balance;
};
BOOST_DESCRIBE_STRUCT(session_update, (), (session_id, current_balance, deposit_current_balance))

inline bool is_blank(char one) { return one == ' ' || one == '\t'; }

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// The text before the first comma; `text` becomes what follows it.
inline std::string_view take_field(std::string_view& text) {
  const auto size = static_cast<std::size_t>(std::ranges::find(text, ',') - text.begin());
  const std::string_view field{text.data(), size};
  text.remove_prefix(std::min(size + 1, text.size()));
  return field;
}

inline bool reads_true(std::string_view text) {
  constexpr std::string_view word = "true";
  return text.size() == word.size() &&
         std::ranges::equal(text, word, {}, [](unsigned char one) { return static_cast<char>(std::tolower(one)); });
}

/// `s1,12.5,true` -> {"s1", 12.5, true}. Refused: an empty id, and a second field that is no finite number.
inline weir::result<transaction> parse_transaction(std::string_view line) {
  auto rest = line;
  const auto id = take_field(rest);
  if (id.size() == line.size())
    return weir::refuse("expected sessionId,winAmount[,deposit], got no comma");
  if (trimmed(id).empty())
    return weir::refuse("the session id is empty");

  const auto field = trimmed(take_field(rest));
  auto number = field;
  if (number.starts_with('+') && !number.starts_with("+-"))
    number.remove_prefix(1);
  double amount = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), amount);
  if (error != std::errc{} || stop != number.data() + number.size() || !std::isfinite(amount))
    return weir::refuse("winAmount is no finite number: '" + std::string{field} + "'");
  return transaction{id, amount, reads_true(trimmed(take_field(rest)))};
}

/// One row for each session that an epoch touched: the running balance, and whether a deposit closed it.
inline session_update update_session(std::string_view id, std::span<const transaction> events,
                                     weir::group_state<session_total>& state) {
  auto total = state.exists() ? state.get() : session_total{};
  bool deposit = false;
  for (const auto& e : events) {
    total.total_sum += e.win_amount;
    deposit |= e.deposit;
  }
  if (deposit)
    state.remove();
  else
    state.update(total);
  return {std::string{id}, total.total_sum, deposit};
}

/// A row for each deposit, with the exact sum since the last one, however the lines fall into epochs.
inline std::vector<session_update> close_at_every_deposit(std::string_view id, std::span<const transaction> events,
                                                          weir::group_state<session_total>& state) {
  std::vector<session_update> closed;
  auto total = state.exists() ? state.get() : session_total{};
  auto open = state.exists();
  for (const auto& e : events) {
    total.total_sum += e.win_amount;
    open = !e.deposit;
    if (e.deposit) {
      closed.push_back({std::string{id}, total.total_sum, true});
      total = {};
    }
  }
  if (open)
    state.update(total);
  else
    state.remove();
  return closed;
}
