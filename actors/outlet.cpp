#include <weir/actors/outlet.hpp>

#include <algorithm>
#include <array>

#include <weir/columns/hash.hpp>

namespace weir::actors {

void outlet::send(caf::event_based_actor* self, std::shared_ptr<payload> content) {
  queue_.push_back({std::move(content), nullptr});
  flush(self);
}

void outlet::send_end(caf::event_based_actor* self, epoch_ptr epoch) {
  queue_.push_back({nullptr, std::move(epoch)});
  flush(self);
}

void outlet::grant(caf::event_based_actor* self, std::int64_t rows, std::int64_t bytes) {
  rows_ += rows;
  bytes_ += bytes;
  flush(self);
}

void outlet::flush(caf::event_based_actor* self) {
  while (!queue_.empty()) {
    const auto is_end = queue_.front().content == nullptr;
    if (!is_end && (rows_ <= 0 || bytes_ <= 0))
      return;
    auto next = std::move(queue_.front());
    queue_.pop_front();
    deliver(self, std::move(next));
  }
}

void outlet::deliver(caf::event_based_actor* self, item next) {
  if (!next.content) {
    tell(self, to_.actor, messages::end_of_epoch{to_.edge, std::move(next.epoch)});
    return;
  }
  rows_ -= next.content->row_count;
  bytes_ -= next.content->byte_count;
  tell(self, to_.actor, messages::data{to_.edge, std::move(next.content)});
}

result<router> router::make(const std::vector<output>& outputs) {
  router made;
  for (const auto& one : outputs) {
    auto& added = made.routes_.emplace_back();
    added.port = one.port;
    if (!one.key_columns.empty()) {
      WEIR_ASSIGN(added.keys, key_encoder::make(one.columns, one.key_columns));
    }
    for (const auto& to : one.receivers)
      added.outlets.emplace_back(to);
  }
  return made;
}

void router::send(caf::event_based_actor* self, const epoch_ptr& epoch, const batch& rows, int port) {
  for (std::int64_t begin = 0; begin < rows.num_rows(); begin += max_batch_rows) {
    const auto part =
        rows.num_rows() <= max_batch_rows ? rows : rows.slice(begin, std::min(max_batch_rows, rows.num_rows() - begin));
    for (auto& one : routes_) {
      if (one.port != port)
        continue;
      if (one.keys) {
        send_keyed(self, epoch, part, one);
        continue;
      }
      for (auto& to : one.outlets) {
        auto content = std::make_shared<payload>();
        content->epoch = epoch;
        content->rows.rows = part;
        content->row_count = part.num_rows();
        content->byte_count = part.num_bytes();
        to.send(self, std::move(content));
      }
    }
  }
}

void router::send_keyed(caf::event_based_actor* self, const epoch_ptr& epoch, const batch& rows, route& to) {
  auto hashes = std::make_shared<std::vector<std::uint64_t>>();
  to.keys->bind(rows);
  to.keys->hash_all(*hashes);
  const auto partitions = static_cast<int>(to.outlets.size());
  std::array<std::uint8_t, key_groups> owner{};
  for (int group = 0; group < key_groups; ++group)
    owner[static_cast<std::size_t>(group)] = static_cast<std::uint8_t>(partition_of_group(group, partitions));
  std::vector<std::vector<std::uint32_t>> selections(to.outlets.size());
  for (auto& selection : selections)
    selection.resize(hashes->size());
  std::array<std::uint32_t*, key_groups> ends{};
  for (std::size_t p = 0; p < selections.size(); ++p)
    ends[p] = selections[p].data();
  const auto count = static_cast<std::uint32_t>(hashes->size());
  for (std::uint32_t row = 0; row < count; ++row)
    *ends[owner[static_cast<std::size_t>(key_group((*hashes)[row]))]]++ = row;

  for (std::size_t p = 0; p < selections.size(); ++p) {
    const auto taken = ends[p] - selections[p].data();
    if (taken == 0)
      continue;
    selections[p].resize(static_cast<std::size_t>(taken));
    auto content = std::make_shared<payload>();
    content->epoch = epoch;
    content->row_count = taken;
    content->byte_count = rows.num_bytes() * taken / rows.num_rows();
    content->rows = keyed_rows{rows, hashes, std::move(selections[p])};
    to.outlets[p].send(self, std::move(content));
  }
}

void router::send_end(caf::event_based_actor* self, const epoch_ptr& epoch) {
  for (auto& one : routes_)
    for (auto& to : one.outlets)
      to.send_end(self, epoch);
}

void router::grant(caf::event_based_actor* self, const caf::actor& from, const messages::grant& credit) {
  for (auto& one : routes_)
    for (auto& to : one.outlets)
      if (to.to().edge == credit.edge && to.to().actor == from)
        to.grant(self, credit.rows, credit.bytes);
}

bool router::blocked() const noexcept {
  return std::ranges::any_of(routes_,
                             [](const route& one) { return std::ranges::any_of(one.outlets, &outlet::blocked); });
}

}  // namespace weir::actors
