#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <weir/actors/messages.hpp>
#include <weir/columns/key_codec.hpp>

namespace weir::actors {

/// Credit that a new edge starts with; rows and bytes that may be under way before the receiver has
/// taken them in. A batch is sent while any of both is left, so an oversized one is never stranded.
inline constexpr std::int64_t edge_credit_rows = 64 * 1024;
inline constexpr std::int64_t edge_credit_bytes = 16 << 20;
/// Batches with more rows are split before they are sent.
inline constexpr std::int64_t max_batch_rows = 16 * 1024;

/// The receiving end of an edge, as its sender knows it.
struct receiver {
  caf::actor actor;
  edge_index edge = 0;
};

/// The sending end of one edge: a queue in order of data and end markers, held back while credit is out.
class outlet {
public:
  explicit outlet(receiver to) : to_{std::move(to)} {}

  void send(caf::event_based_actor* self, std::shared_ptr<payload> content);
  void send_end(caf::event_based_actor* self, epoch_ptr epoch);
  void grant(caf::event_based_actor* self, std::int64_t rows, std::int64_t bytes);
  bool blocked() const noexcept { return !queue_.empty(); }
  const receiver& to() const noexcept { return to_; }

private:
  struct item {
    std::shared_ptr<payload> content;  ///< null: the end marker of `epoch`
    epoch_ptr epoch;
  };
  void flush(caf::event_based_actor* self);
  void deliver(caf::event_based_actor* self, item next);

  receiver to_;
  std::int64_t rows_ = edge_credit_rows;
  std::int64_t bytes_ = edge_credit_bytes;
  std::deque<item> queue_;
};

/// Where an output port of an actor leads: one receiver, or all partitions of a keyed operator.
struct output {
  int port = 0;
  std::vector<int> key_columns;  ///< empty: not keyed
  schema columns;                ///< of the rows, for the key
  std::vector<receiver> receivers;
};

/// All outputs of one actor: routes batches, splits keyed ones by partition, ends epochs.
class router {
public:
  static result<router> make(const std::vector<output>& outputs);

  void send(caf::event_based_actor* self, const epoch_ptr& epoch, const batch& rows, int port);
  void send_end(caf::event_based_actor* self, const epoch_ptr& epoch);
  /// `edge` is the receiver's index of the edge; `from` the receiver.
  void grant(caf::event_based_actor* self, const caf::actor& from, const messages::grant& credit);
  /// An edge waits for credit.
  bool blocked() const noexcept;

private:
  struct route {
    int port = 0;
    std::optional<key_encoder> keys;
    std::vector<outlet> outlets;
  };
  static void send_keyed(caf::event_based_actor* self, const epoch_ptr& epoch, const batch& rows, route& to);

  std::vector<route> routes_;
};

}  // namespace weir::actors
