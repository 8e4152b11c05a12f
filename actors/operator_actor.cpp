#include <weir/actors/operator_actor.hpp>

namespace weir::actors {

/// Rows that one call of the instance made.
class operator_actor::made_rows : public collector {
public:
  made_rows(bool full, input_tag tag) : full_{full}, tag_{tag} {}
  void emit(batch rows, int port) override {
    if (rows.num_rows() == 0)
      return;
    rows_ += rows.num_rows();
    batches.emplace_back(rows.with_tag(tag_), port);
  }
  bool full() const override { return full_ || rows_ >= edge_credit_rows; }

  std::vector<std::pair<batch, int>> batches;

private:
  bool full_;
  input_tag tag_;
  std::int64_t rows_ = 0;
};

operator_actor::operator_actor(host_config config, operator_ptr description, operator_context context,
                               std::vector<inlet::edge> inputs, router outputs)
    : host{std::move(config), description->blocking()}, instance_{description->instantiate()},
      context_{std::move(context)}, inputs_{std::move(inputs)}, outputs_{std::move(outputs)},
      own_tag_{description->mixes_inputs()} {
  tag_.node = this->config().node;
}

caf::behavior operator_actor::behavior(caf::event_based_actor* self) {
  attach(self);
  return {
      [this](const messages::data& rows) {
        inputs_.put(rows.edge, rows.content, sender_of(this->self()));
        pump();
      },
      [this](const messages::end_of_epoch& end) {
        inputs_.put_end(end.edge, end.epoch);
        pump();
      },
      [this](const messages::grant& credit) {
        outputs_.grant(this->self(), sender_of(this->self()), credit);
        pump();
      },
      [this](const messages::start_query&) {
        run([instance = instance_, context = context_] { return instance->open(context); },
            [this] { tell(this->self(), config().coordinator, messages::ready{config().node}); });
      },
      [this](const messages::restore& state) {
        run([instance = instance_, rows = state.rows] { return instance->restore(rows); }, [] {});
      },
      [this](const messages::report_wakeup&) {
        run([] { return status{}; },
            [this] {
              tell(this->self(), config().coordinator,
                   messages::wakeup_report{config().node, config().partition, next_wakeup()});
            });
      },
      [](const messages::proceed& next) { next.step(); },
      [this](const messages::shutdown&) { shut_down([instance = instance_] { instance->close(); }); },
      [this](const messages::abandon&) { leave(); },
  };
}

void operator_actor::pump() {
  if (pumping_)
    return;
  pumping_ = true;
  while (!working_ && !halted()) {
    if (outputs_.blocked()) {
      if (!blocked_since_)
        blocked_since_ = std::chrono::steady_clock::now();
      break;
    }
    if (blocked_since_) {
      blocked_ += std::chrono::steady_clock::now() - *blocked_since_;
      blocked_since_.reset();
    }
    if (finishing_) {
      finish(std::exchange(finishing_, nullptr));
      continue;
    }
    auto next = inputs_.take();
    if (!next)
      break;
    if (next->content)
      process(std::move(*next));
    else
      finish(next->epoch);
  }
  pumping_ = false;
}

void operator_actor::process(inlet::step next) {
  working_ = true;
  if (!own_tag_)
    tag_ = next.content->rows.rows.tag();
  auto made = std::make_shared<made_rows>(outputs_.blocked(), tag_);
  auto took = std::make_shared<std::chrono::nanoseconds>(0);
  const auto content = next.content;
  run_in(
      next.epoch->id,
      [instance = instance_, made, took, content, port = next.port, epoch = context_of(*next.epoch)]() -> status {
        const stopwatch timer{*took};
        return content->rows.hashes ? instance->process_keyed(epoch, port, std::move(content->rows), *made)
                                    : instance->process(epoch, port, content->rows.rows, *made);
      },
      [this, made, took, content, edge = next.from, sender = std::move(next.sender), epoch = next.epoch] {
        working_ = false;
        busy_ += *took;
        tell(self(), sender, messages::grant{edge, content->row_count, content->byte_count});
        send(epoch, *made);
        pump();
      });
}

void operator_actor::finish(const epoch_ptr& epoch) {
  working_ = true;
  auto made = std::make_shared<made_rows>(false, tag_);
  auto took = std::make_shared<std::chrono::nanoseconds>(0);
  auto complete = std::make_shared<bool>(false);
  run_in(
      epoch->id,
      [instance = instance_, made, took, complete, context = context_of(*epoch)]() -> status {
        const stopwatch timer{*took};
        WEIR_ASSIGN(*complete, instance->finish(context, *made));
        return {};
      },
      [this, made, took, complete, epoch] {
        working_ = false;
        busy_ += *took;
        send(epoch, *made);
        if (*complete)
          finished(epoch);
        else
          finishing_ = epoch;
        pump();
      });
}

void operator_actor::finished(const epoch_ptr& epoch) {
  if (auto done = epoch_finished(epoch->id); !done.ok()) {
    fail(std::move(done).at_epoch(epoch->id.value));
    return;
  }
  messages::finished report;
  report.node = config().node;
  report.partition = config().partition;
  report.epoch = epoch->id;
  report.metrics = std::make_shared<operator_metrics>(instance_->take_metrics());
  report.next = next_wakeup();
  report.busy = std::exchange(busy_, {});
  report.blocked = std::exchange(blocked_, {});
  outputs_.send_end(self(), epoch);
  tell(self(), config().coordinator, std::move(report));
}

void operator_actor::send(const epoch_ptr& epoch, made_rows& rows) {
  for (auto& [made, port] : rows.batches)
    outputs_.send(self(), epoch, made, port);
}

epoch_context operator_actor::context_of(const epoch_info& epoch) const {
  epoch_context context;
  context.id = epoch.id;
  context.time = epoch.time;
  context.has_data = epoch.has_data;
  context.watermarks = epoch.watermarks[static_cast<std::size_t>(config().node)];
  return context;
}

}  // namespace weir::actors
