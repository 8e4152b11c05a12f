#include <weir/state/checkpoint_view.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <weir/state/directory_checkpoint.hpp>

namespace weir {

namespace {

/// Gathers what passes, and marks what is committed later on.
class gatherer : public log_visitor {
public:
  gatherer(storage& files, const token_files& tokens) : files_{files}, tokens_{tokens} {}

  status epoch(const epoch_summary& summary, std::uint32_t attempt, const std::vector<part_place>& parts) override {
    epoch_view seen;
    seen.summary = summary;
    seen.attempt = attempt;
    for (const auto& part : parts) {
      WEIR_ASSIGN(const auto rows, read_part(files_, part));
      seen.changes.push_back({part.operator_name, part.partition, rows.num_rows(), part.end - part.begin});
    }
    for (auto& [sink, token] : seen.summary.tokens) {
      auto& shown = seen.tokens.emplace_back(token_view{sink, token.size(), false, {}, {}});
      if (const auto reference = token_files::reference(token)) {
        shown.bytes = reference->bytes;
        shown.file = tokens_.directory(sink) + "/" + reference->name;
        references_[shown.file] = token;
      }
      token.clear();
    }
    open_.epochs.push_back(std::move(seen));
    return {};
  }
  void commit(const std::string& sink, epoch_id epoch) override {
    auto& until = committed_[sink];
    until = std::max(until.value_or(epoch), epoch);
  }
  void idle(epoch_id epoch) override { idle_.insert(epoch); }
  void end_segment(const segment_info& segment, std::uint64_t size) override {
    open_.info = segment;
    open_.file_bytes = size;
    segments_.push_back(std::exchange(open_, {}));
  }
  std::vector<segment_view> take() {
    for (auto& segment : segments_)
      for (auto& epoch : segment.epochs) {
        epoch.idle_after = idle_.contains(epoch.summary.epoch);
        for (auto& token : epoch.tokens) {
          const auto until = committed_.find(token.sink);
          token.committed = until != committed_.end() && epoch.summary.epoch <= until->second;
          if (!token.committed && !token.file.empty())
            token.damage = tokens_.get(token.sink, epoch.summary.epoch, references_[token.file]).error().message();
        }
      }
    return std::move(segments_);
  }

private:
  storage& files_;
  const token_files& tokens_;
  std::map<std::string, std::string> references_;  ///< by path of the file
  segment_view open_;
  std::vector<segment_view> segments_;
  std::map<std::string, std::optional<epoch_id>> committed_;
  std::set<epoch_id> idle_;
};

checkpoint_options options_for(const std::string& directory) {
  checkpoint_options options;
  options.directory = directory;
  return options;
}

/// The names of the files that a running query replaces.
result<std::vector<std::string>> changing_files(storage& files, const std::string& directory) {
  std::vector<std::string> names;
  for (const auto* const part : {"log", "state", "sinks"}) {
    const auto path = directory + "/" + part;
    WEIR_ASSIGN(const auto there, files.exists(path));
    if (!there)
      continue;
    WEIR_ASSIGN(const auto entries, files.list(path));
    for (const auto& entry : entries) {
      names.push_back(path + "/" + entry.name);
      if (!entry.directory)
        continue;
      WEIR_ASSIGN(const auto below, files.list(names.back()));
      for (const auto& one : below)
        names.push_back(path + "/" + entry.name + "/" + one.name);
    }
  }
  return names;
}

bool whole(const checkpoint_view& view) {
  for (const auto& segment : view.segments)
    for (const auto& epoch : segment.epochs)
      if (!std::ranges::all_of(epoch.tokens, &std::string::empty, &token_view::damage))
        return false;
  return true;
}

bool whole(const batch& /*state*/) { return true; }

/// Reads again when files came or went meanwhile and the read missed one for it.
template <class T>
result<T> read_settled(storage& files, const std::string& directory, const std::function<result<T>()>& read) {
  constexpr int tries = 20;
  for (int i = 1;; ++i) {
    WEIR_ASSIGN(const auto before, changing_files(files, directory));
    auto got = read();
    if ((got.ok() && whole(*got)) || i == tries)
      return got;
    WEIR_ASSIGN(const auto after, changing_files(files, directory));
    if (before == after)
      return got;
  }
}

status view_snapshots(storage& files, const std::string& directory, checkpoint_view& view) {
  for (const auto& entry : view.plan) {
    if (!entry.stateful)
      continue;
    WEIR_ASSIGN(const auto places, list_snapshots(files, directory + "/state/" + entry.name));
    for (const auto& place : places) {
      snapshot_view seen{entry.name, place, 0, {}};
      const auto rows = read_snapshot(files, place);
      if (rows.ok())
        for (const auto& one : *rows)
          seen.keys += one.num_rows();
      else if (rows.error().code() == errc::corrupt_checkpoint)
        seen.damage = rows.error().message();
      else
        return rows.error();
      view.snapshots.push_back(std::move(seen));
    }
  }
  return {};
}

status view_sources(storage& files, const std::string& directory, checkpoint_view& view) {
  const auto sources = directory + "/sources";
  WEIR_ASSIGN(const auto there, files.exists(sources));
  if (!there)
    return {};
  WEIR_ASSIGN(const auto entries, files.list(sources));
  for (const auto& entry : entries) {
    if (!entry.directory)
      continue;
    source_view seen;
    seen.name = entry.name;
    WEIR_ASSIGN(const auto kept, files.list(sources + "/" + entry.name));
    for (const auto& file : kept) {
      if (file.directory)
        continue;
      ++seen.files;
      seen.bytes += file.size;
      if (file.name.ends_with(".spool"))
        seen.spool_bytes += file.size;
    }
    view.sources.push_back(std::move(seen));
  }
  return {};
}

result<checkpoint_view> view_once(const std::shared_ptr<storage>& files, const std::string& directory) {
  directory_checkpoint left{files, options_for(directory), {}, quiet_logger()};
  gatherer seen{*files, left.tokens()};
  WEIR_TRY(left.open_as_left(directory_checkpoint::access::read, &seen));
  checkpoint_view view;
  view.metadata = left.metadata();
  view.plan = left.recorded_plan();
  view.segments = seen.take();
  WEIR_TRY(view_snapshots(*files, directory, view));
  WEIR_TRY(view_sources(*files, directory, view));
  return view;
}

result<batch> state_once(const std::shared_ptr<storage>& files, const std::string& directory,
                         const std::string& operator_name, const logger_ptr& log) {
  directory_checkpoint left{files, options_for(directory), {}, log};
  WEIR_TRY(left.open_as_left(directory_checkpoint::access::read));
  std::string known;
  auto found = false;
  for (const auto& entry : left.recorded_plan()) {
    if (!entry.stateful)
      continue;
    found = found || entry.name == operator_name;
    known += (known.empty() ? "" : ", ") + entry.name;
  }
  if (!found)
    return status{errc::invalid_argument,
                  "no operator '" + operator_name + "' with state; " +
                      (known.empty() ? std::string{"the query has none"} : "there is " + known)};
  std::vector<batch> changes;
  WEIR_TRY(left.restore_state(operator_name, [&](const batch& rows) -> status {
    changes.push_back(rows);
    return {};
  }));
  return standing_rows(changes);
}

}  // namespace

result<checkpoint_view> view_checkpoint(const std::shared_ptr<storage>& files, const std::string& directory) {
  return read_settled<checkpoint_view>(*files, directory, [&] { return view_once(files, directory); });
}

result<batch> view_state(const std::shared_ptr<storage>& files, const std::string& directory,
                         const std::string& operator_name, logger_ptr log) {
  return read_settled<batch>(*files, directory, [&] { return state_once(files, directory, operator_name, log); });
}

}  // namespace weir
