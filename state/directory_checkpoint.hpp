#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <weir/state/checkpoint.hpp>
#include <weir/state/log_writer.hpp>
#include <weir/state/metadata_file.hpp>
#include <weir/state/plan_file.hpp>
#include <weir/state/token_files.hpp>

namespace weir {

/// The outcome of a compaction.
struct compaction {
  status outcome;
  epoch_id epoch;
  std::uint64_t bytes = 0;
};

/// The checkpoint in a directory. What concerns its identity and log is in checkpoint.cpp, what concerns snapshots
/// in checkpoint_snapshots.cpp.
class directory_checkpoint : public checkpoint {
public:
  directory_checkpoint(std::shared_ptr<storage> files, checkpoint_options options, std::vector<plan_entry> plan,
                       logger_ptr log)
      : files_{std::move(files)}, options_{std::move(options)}, plan_{std::move(plan)}, log_{std::move(log)},
        tokens_{files_, options_.directory, options_.sync} {
    for (const auto& entry : plan_)
      if (entry.state)
        stateful_.push_back(entry.name);
  }
  ~directory_checkpoint() override {
    if (compacting_.valid())
      compacting_.wait();
  }

  status open();
  /// Opens what a query left, by its own plan file, for who is not that query. To read: no lock is taken, nothing is
  /// written, and only the restoring calls may follow. To write: as open() does it, but no snapshot is made later.
  enum class access : unsigned char { read, write };
  status open_as_left(access wanted, log_visitor* visitor = nullptr);
  const checkpoint_metadata& metadata() const noexcept { return metadata_; }
  const token_files& tokens() const noexcept { return tokens_; }
  const std::vector<recorded_entry>& recorded_plan() const noexcept { return recorded_plan_; }

  const std::string& query_id() const override { return query_id_; }
  const recovered_log& recovered() const override { return recovered_; }
  status restore_state(const std::string& operator_name, const std::function<status(const batch&)>& visit) override;
  result<std::string> source_directory(const std::string& source_name) override {
    auto directory = path("sources/" + source_name);
    WEIR_TRY(files_->create_directories(directory));
    return directory;
  }

  status append_part(epoch_id epoch, state_part part) override { return writer_->append_part(epoch, part); }
  status append_epoch(const epoch_summary& summary, std::size_t parts) override;
  void append_commit(const std::string& sink, epoch_id epoch) override {
    writer_->append_commit(sink, epoch);
    auto& owed = owed_[sink];
    owed.erase(owed.begin(), owed.upper_bound(epoch.value));
    noted_[sink] = epoch;
  }
  void append_idle(epoch_id epoch) override { writer_->append_idle(epoch); }
  status sync() override;
  bool dirty() const override { return writer_->dirty(); }
  checkpoint_metrics metrics() const override {
    auto now = metrics_;
    now.log_bytes = writer_ ? writer_->bytes_written() : 0;
    return now;
  }
  status close() override;

private:
  std::string path(const std::string& below) const { return options_.directory + "/" + below; }
  std::string state_directory(const std::string& name) const { return path("state/" + name); }

  status open_metadata();
  status read_metadata();
  status refuse_leftovers();
  status open_plan();
  void take_since(const std::vector<recorded_entry>& before);
  epoch_id since(const std::string& operator_name) const;
  status open_log();
  void take_recovered(log_contents& contents);
  status take_places(log_contents& contents);
  status go_on_after(log_contents& contents);
  status rewrite_tail(log_contents& contents);
  result<decltype(recovered_log::uncommitted)> read_tokens() const;
  status write_log(bool roll);
  status remove_unfinished();
  status choose_snapshot();
  bool snapshot_due() const;
  void start_compaction();
  status finish_compaction(bool wait);
  void drop_old_segments();
  compaction compact(epoch_id epoch, std::vector<part_place> parts, std::optional<epoch_id> before) const;
  std::optional<std::int64_t> oldest_owed() const;

  std::shared_ptr<storage> files_;
  checkpoint_options options_;
  std::vector<plan_entry> plan_;
  logger_ptr log_;
  std::vector<std::string> stateful_;
  first_epochs since_;
  std::unique_ptr<file_lock> lock_;
  std::string query_id_;
  checkpoint_metadata metadata_;
  std::vector<recorded_entry> recorded_plan_;  ///< of open_as_left()
  recovered_log recovered_;
  std::vector<segment_info> segments_;
  std::vector<part_place> parts_;  ///< since the older snapshot
  std::unique_ptr<log_writer> writer_;
  std::optional<epoch_id> last_epoch_;
  std::map<std::string, std::set<std::int64_t>> owed_;  ///< epochs that a sink has not committed
  token_files tokens_;
  std::map<std::string, epoch_id> noted_;  ///< by sink: its newest commit, where that waits for sync()
  std::optional<epoch_id> snapshot_;       ///< the newest whole one
  std::optional<epoch_id> older_snapshot_;
  std::uint64_t snapshot_bytes_ = 0;
  std::uint64_t log_since_snapshot_ = 0;
  std::uint64_t counted_bytes_ = 0;
  std::future<compaction> compacting_;
  checkpoint_metrics metrics_;
  bool closed_ = false;
};

}  // namespace weir
