#include <weir/stream/engine.hpp>

#include <weir/actors/running_query.hpp>
#include <weir/stream/listener_bus.hpp>
#include <weir/stream/lowering.hpp>
#include <weir/stream/query_core.hpp>

namespace weir {

engine::engine(options settings) : engine{actor_engine::make({settings.threads, settings.deterministic}), settings} {}

engine::engine(std::shared_ptr<actor_engine> host, options settings)
    : settings_{std::move(settings)}, actors_{std::move(host)} {
  if (!settings_.log)
    settings_.log = quiet_logger();
  if (!settings_.time)
    settings_.time = make_system_clock();
  if (!settings_.files)
    settings_.files = make_local_storage();
  manager_ = std::make_shared<query_manager>(!actors_->deterministic(), settings_.log);
}

engine::~engine() { manager_->stop_all(); }

streaming_query engine::start(query_options how, const std::vector<plan_output>& outputs) {
  for (const auto& output : outputs)
    detail::require_streaming(output.plan);
  return start(lower(outputs, how));
}

void engine::run(execution_graph graph) {
  graph.files = settings_.files;
  graph.time = settings_.time;
  graph.log = settings_.log;
  const auto made = running_query::make(actors_, std::move(graph), {});
  if (!made.ok())
    throw query_error{made.error(), {}, {}};
  const auto& query = **made;
  (*made)->launch();
  query.wait_ended();
  if (!query.monitor().outcome().ok())
    throw query_error{query.monitor().outcome(), query.id(), query.run_id()};
}

streaming_query engine::start(execution_graph graph) {
  manager_->reap();
  graph.files = settings_.files;
  graph.time = settings_.time;
  graph.log = settings_.log;
  const auto name = graph.name;
  manager_->reserve(name);

  auto core = std::make_shared<streaming_query::core>();
  core->manager = manager_;
  // The events may outlive the manager by a moment, and come before the run is known.
  const auto ids = std::make_shared<std::pair<std::string, std::string>>();
  query_monitor::events events;
  std::weak_ptr<query_manager> manager = manager_;
  events.progress = [manager](const query_progress& progress) {
    if (const auto alive = manager.lock())
      alive->listeners_->progress(progress);
  };
  events.idle = [manager, ids](timestamp time) {
    if (const auto alive = manager.lock())
      alive->listeners_->idle({ids->first, ids->second, time});
  };
  events.terminated = [manager, ids](const status& cause) {
    if (const auto alive = manager.lock()) {
      alive->listeners_->terminated({ids->first, ids->second, cause});
      alive->ended(ids->second, cause);
    }
  };
  auto made = running_query::make(actors_, std::move(graph), std::move(events));
  if (!made.ok()) {
    manager_->release(name);
    throw query_error{made.error(), {}, {}};
  }
  core->run = std::move(*made);
  *ids = {core->run->id(), core->run->run_id()};
  manager_->add(core);
  manager_->listeners_->started(
      {core->run->id(), core->run->run_id(), name.empty() ? std::nullopt : std::optional{name}, settings_.time->now()});
  core->run->launch();
  return streaming_query{std::move(core)};
}

}  // namespace weir
