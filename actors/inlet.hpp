#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <weir/actors/messages.hpp>

namespace weir::actors {

/// The inputs of one actor, aligned by epoch: rows of epoch N+1 wait on an edge until every edge has
/// ended N. Between edges the order is that of arrival.
class inlet {
public:
  struct edge {
    int port = 0;  ///< the operator's input port that the edge leads to
  };
  /// What may be done next.
  struct step {
    edge_index from = 0;
    int port = 0;
    std::shared_ptr<payload> content;  ///< null: `epoch` has ended on every edge
    epoch_ptr epoch;
    caf::actor sender;
  };

  explicit inlet(std::vector<edge> edges) : edges_(edges.size()) {
    for (std::size_t i = 0; i < edges.size(); ++i)
      edges_[i].port = edges[i].port;
  }

  void put(edge_index from, std::shared_ptr<payload> content, caf::actor sender);
  void put_end(edge_index from, epoch_ptr epoch);
  /// The next step in order, if one can be made now.
  std::optional<step> take();

private:
  struct item {
    std::shared_ptr<payload> content;
    epoch_ptr epoch;  ///< set for an end marker
    caf::actor sender;
  };
  struct lane {
    int port = 0;
    std::deque<item> items;
  };

  std::vector<lane> edges_;
  std::deque<edge_index> arrivals_;  ///< edges in order of their rows' arrival; may name one whose rows wait
};

}  // namespace weir::actors
