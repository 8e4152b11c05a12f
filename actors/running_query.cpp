#include <weir/actors/running_query.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <weir/actors/coordinator_actor.hpp>
#include <weir/actors/log_actor.hpp>
#include <weir/actors/sink_actor.hpp>
#include <weir/actors/source_actor.hpp>
#include <weir/actors/state_actor.hpp>
#include <weir/actors/trigger_actor.hpp>

namespace weir {

using namespace actors;

std::string random_uuid() {
  static thread_local boost::uuids::random_generator generate;
  return boost::uuids::to_string(generate());
}

struct running_query::core {
  std::shared_ptr<actor_engine> engine;
  std::shared_ptr<const execution_graph> graph;
  std::shared_ptr<query_monitor> monitor = std::make_shared<query_monitor>();
  std::string id;
  std::string run_id = random_uuid();
  caf::actor coordinator;
  bool left_behind = false;
};

namespace {

/// Makes the actors of a graph, sinks first, so that each knows whom it sends to.
class spawner {
public:
  spawner(running_query::core& query, std::shared_ptr<checkpoint> log) : query_{query}, log_{std::move(log)} {}

  result<std::shared_ptr<wiring>> spawn();
  /// After a failed spawn(): ends what was spawned, and the coordinator, and waits for it. Nothing was started.
  void undo();

private:
  host_config config_of(int node, int partition, const std::string& name) const;
  caf::actor add(const host_config& config, auto host);
  std::vector<inlet::edge> inputs_of(const execution_node& node) const;
  result<router> outputs_of(int node, int partition) const;
  result<caf::actor> spawn_node(int node, int partition);
  result<std::shared_ptr<source_actor>> make_source(const execution_node& node, host_config config,
                                                    router outputs) const;

  const execution_graph& graph() const { return *query_.graph; }
  bool read(int node, int port) const;

  running_query::core& query_;
  std::shared_ptr<checkpoint> log_;
  std::shared_ptr<wiring> made_ = std::make_shared<wiring>();
  caf::actor log_actor_;
  std::vector<caf::actor> spawned_;
};

host_config spawner::config_of(int node, int partition, const std::string& name) const {
  host_config config;
  config.node = node;
  config.partition = partition_id{partition};
  config.name = (graph().name.empty() ? "query" : graph().name) + "/" + name + "/" + std::to_string(partition);
  config.coordinator = query_.coordinator;
  config.own_threads = !query_.engine->deterministic();
  config.log = graph().log;
  return config;
}

caf::actor spawner::add(const host_config& config, auto host) {
  query_.monitor->actor_started(config.name);
  return spawned_.emplace_back(spawn_host(
      query_.engine->system(), std::move(host),
      [coordinator = query_.coordinator, name = config.name](status cause) {
        tell_from_outside(coordinator, messages::failed{std::move(cause).at_operator(name)});
      },
      [coordinator = query_.coordinator, name = config.name] {
        tell_from_outside(coordinator, messages::stopped{name});
      }));
}

/// Edges of an actor: for each input of its node, one from every partition of the sender.
std::vector<inlet::edge> spawner::inputs_of(const execution_node& node) const {
  std::vector<inlet::edge> edges;
  for (const auto& input : node.inputs)
    for (int i = 0; i < graph().nodes[static_cast<std::size_t>(input.from)].partitions; ++i)
      edges.push_back({input.to_port});
  return edges;
}

result<router> spawner::outputs_of(int node, int partition) const {
  std::vector<output> outputs;
  for (std::size_t to = 0; to < graph().nodes.size(); ++to) {
    const auto& receiver_node = graph().nodes[to];
    edge_index edge = 0;
    for (const auto& input : receiver_node.inputs) {
      const auto& from = graph().nodes[static_cast<std::size_t>(input.from)];
      if (input.from == node) {
        output out;
        out.port = input.from_port;
        out.columns = from.output;
        if (receiver_node.description)
          out.key_columns = receiver_node.description->key_columns(input.to_port);
        for (const auto& actor : made_->nodes.at(static_cast<int>(to)))
          out.receivers.push_back({actor, edge + static_cast<edge_index>(partition)});
        outputs.push_back(std::move(out));
      }
      edge += static_cast<edge_index>(from.partitions);
    }
  }
  return router::make(outputs);
}

/// Some node reads this output.
bool spawner::read(int node, int port) const {
  return std::ranges::any_of(graph().nodes, [&](const execution_node& one) {
    return std::ranges::any_of(one.inputs,
                               [&](const execution_edge& edge) { return edge.from == node && edge.from_port == port; });
  });
}

result<caf::actor> spawner::spawn_node(int index, int partition) {
  const auto& node = graph().nodes[static_cast<std::size_t>(index)];
  auto config = config_of(index, partition, node.name);
  const auto inputs = inputs_of(node);
  WEIR_ASSIGN(auto outputs, outputs_of(index, partition));

  if (node.part == execution_node::role::source) {
    source_context context;
    context.name = node.name;
    context.files = graph().files;
    context.time = graph().time;
    context.seed = graph().seed;
    context.bounded = graph().bounded;
    context.log = graph().log;
    if (log_) {
      WEIR_ASSIGN(context.directory, log_->source_directory(node.name));
      if (const auto& last = log_->recovered().last)
        if (const auto found = last->end_offsets.find(node.name); found != last->end_offsets.end())
          context.last_offset = found->second;
    }
    return add(config, std::make_shared<source_actor>(config, node.reader, std::move(context), std::move(outputs)));
  }

  if (node.part == execution_node::role::sink) {
    sink_context context;
    context.name = node.name;
    context.query_id = query_.id;
    context.columns = node.output;
    context.mode = node.mode.value_or(graph().mode);
    context.files = graph().files;
    context.time = graph().time;
    context.log = graph().log;
    context.durable = log_ != nullptr;
    context.durability = graph().durability;
    std::vector<pending_commit> pending;
    std::optional<epoch_id> last;
    if (log_) {
      if (const auto& recovered = log_->recovered().last)
        last = recovered->epoch;
      if (const auto found = log_->recovered().uncommitted.find(node.name);
          found != log_->recovered().uncommitted.end())
        for (const auto& [epoch, bytes] : found->second)
          pending.push_back({epoch, {bytes}});
    }
    return add(config,
               std::make_shared<sink_actor>(config, node.writer, std::move(context), inputs, std::move(pending), last));
  }

  operator_context context;
  context.name = config.name;
  context.partition = partition_id{partition};
  context.partitions = node.partitions;
  context.mode = graph().mode;
  context.watermark_defined = input_watermarks(graph(), timestamp{})[static_cast<std::size_t>(index)].has_value();
  context.late_rows_wanted = read(index, late_rows_port);
  context.first_run = !log_ || !log_->recovered().last;
  if (graph().max_state_bytes)
    context.max_state_bytes = *graph().max_state_bytes / node.partitions;
  context.seed = graph().seed + static_cast<std::uint64_t>(partition);
  context.log = graph().log;
  if (node.description->state_schema())
    return add(config, std::make_shared<state_actor>(config, node.name, node.description, std::move(context), inputs,
                                                     std::move(outputs), log_actor_));
  return add(config, std::make_shared<operator_actor>(config, node.description, std::move(context), inputs,
                                                      std::move(outputs)));
}

result<std::shared_ptr<wiring>> spawner::spawn() {
  auto partitions = std::make_shared<std::map<std::string, std::vector<caf::actor>>>();
  if (log_) {
    auto config = config_of(-1, 0, "log");
    log_actor_ = add(config, std::make_shared<log_actor>(config, log_, graph().time, partitions));
    made_->log = log_actor_;
  }
  for (auto i = static_cast<int>(graph().nodes.size()) - 1; i >= 0; --i) {
    const auto& node = graph().nodes[static_cast<std::size_t>(i)];
    for (int p = 0; p < node.partitions; ++p) {
      WEIR_ASSIGN(auto actor, spawn_node(i, p));
      made_->nodes[i].push_back(actor);
      if (node.description && node.description->state_schema())
        (*partitions)[node.name].push_back(actor);
    }
  }
  return made_;
}

void spawner::undo() {
  // First the coordinator, which would take the end of the others for a failure of a running query.
  auto ending = spawned_;
  ending.insert(ending.begin(), query_.coordinator);
  for (const auto& actor : ending)
    exit_from_outside(actor);
  if (query_.engine->deterministic()) {
    (void)query_.engine->drive([] { return true; });
    return;
  }
  caf::scoped_actor self{query_.engine->system()};
  for (const auto& actor : ending)
    self->wait_for(actor);
  // A host goes a moment after its actor has ended; with the last the checkpoint is free for another try.
  for (const std::weak_ptr<checkpoint> held = std::exchange(log_, nullptr); !held.expired();)
    std::this_thread::yield();
}

}  // namespace

running_query::running_query(std::unique_ptr<core> made) : core_{std::move(made)} {}

result<std::shared_ptr<running_query>> running_query::make(std::shared_ptr<actor_engine> engine, execution_graph graph,
                                                           query_monitor::events events) {
  if (!graph.files)
    graph.files = make_local_storage();
  if (!graph.time)
    graph.time = make_system_clock();
  if (!graph.log)
    graph.log = quiet_logger();
  auto made = std::make_unique<core>();
  made->engine = std::move(engine);
  made->monitor->set_events(std::move(events));

  std::shared_ptr<checkpoint> log;
  if (!graph.checkpoint_location.empty()) {
    checkpoint_options options;
    options.directory = graph.checkpoint_location;
    options.sync = graph.durability == durability::fsync;
    options.owner = lock_owner(graph.name.empty() ? "" : "query " + graph.name);
    options.snapshot_log_bytes = graph.snapshot_log_bytes;
    options.background_snapshots = !made->engine->deterministic();
    WEIR_ASSIGN(log, checkpoint::open(graph.files, std::move(options), plan_of(graph), graph.log));
    made->id = log->query_id();
  } else {
    made->id = random_uuid();
  }
  const auto when = graph.when;
  const auto time = graph.time;
  made->graph = std::make_shared<const execution_graph>(std::move(graph));

  coordinator_config config;
  config.graph = made->graph;
  config.query_id = made->id;
  config.run_id = made->run_id;
  config.monitor = made->monitor;
  config.falling_behind = std::make_shared<std::atomic<std::int64_t>>(0);
  if (log)
    config.recovered = log->recovered();
  auto& system = made->engine->system();
  const auto behind = config.falling_behind;
  made->coordinator = spawn_host(
      system, std::make_shared<coordinator_actor>(std::move(config)),
      [monitor = made->monitor](status cause) { monitor->terminate(std::move(cause)); }, [] {});

  spawner actors{*made, std::move(log)};
  auto wired = actors.spawn();
  if (!wired.ok()) {
    actors.undo();
    return wired.error();
  }
  const auto trigger_name = std::string{"trigger"};
  made->monitor->actor_started(trigger_name);
  (*wired)->trigger = spawn_host(
      system, std::make_shared<trigger_actor>(when, time, made->coordinator, behind),
      [coordinator = made->coordinator](status cause) {
        tell_from_outside(coordinator, messages::failed{std::move(cause)});
      },
      [coordinator = made->coordinator, trigger_name] {
        tell_from_outside(coordinator, messages::stopped{trigger_name});
      });
  tell_from_outside(made->coordinator, messages::wire{*wired});
  return std::shared_ptr<running_query>{new running_query{std::move(made)}};
}

running_query::~running_query() { end_by(std::chrono::steady_clock::now() + std::chrono::seconds{10}); }

void running_query::end_by(std::chrono::steady_clock::time_point limit) {
  if (core_->left_behind)
    return;
  request_stop();
  const auto left = limit - std::chrono::steady_clock::now();
  if (wait_ended(std::max(std::chrono::microseconds{0}, std::chrono::duration_cast<std::chrono::microseconds>(left))))
    return;
  tell_from_outside(core_->coordinator, messages::abandon{});
  if (wait_ended(std::chrono::seconds{2}))
    return;
  core_->left_behind = true;
  core_->engine->leave_running();
}

const std::string& running_query::id() const noexcept { return core_->id; }
const std::string& running_query::run_id() const noexcept { return core_->run_id; }
const execution_graph& running_query::graph() const noexcept { return *core_->graph; }
const query_monitor& running_query::monitor() const noexcept { return *core_->monitor; }
std::set<std::string> running_query::busy() const { return core_->monitor->busy(); }

void running_query::launch() { tell_from_outside(core_->coordinator, messages::start_query{}); }

void running_query::request_stop() { tell_from_outside(core_->coordinator, messages::stop_query{}); }

void running_query::request_drain(std::chrono::microseconds deadline) {
  tell_from_outside(core_->coordinator, messages::stop_query{true, core_->graph->time->now() + deadline});
}

bool running_query::wait_ended(std::chrono::microseconds timeout) const {
  if (core_->engine->deterministic())
    return core_->engine->drive([this] { return core_->monitor->terminated(); });
  return core_->monitor->wait_for(timeout);
}

void running_query::wait_ended() const {
  if (core_->engine->deterministic())
    (void)core_->engine->drive([this] { return core_->monitor->terminated(); });
  else
    core_->monitor->wait();
}

bool running_query::drained() const { return core_->monitor->drained(); }

void running_query::process_all_available() const {
  auto done = std::make_shared<std::promise<void>>();
  auto waiting = done->get_future();
  tell_from_outside(core_->coordinator, messages::await_idle{done});
  const auto ready = [&] {
    return core_->monitor->terminated() || waiting.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  };
  if (core_->engine->deterministic()) {
    (void)core_->engine->drive(ready);
    return;
  }
  while (!ready())
    (void)waiting.wait_for(std::chrono::milliseconds{50});
}

}  // namespace weir
