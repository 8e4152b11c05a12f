#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include <weir/sinks/sink.hpp>

namespace weir {

/// The directory that a file sink writes: whose it is, and which epoch was committed last. What is no data in it begins
/// with '_'.
class output_directory {
public:
  explicit output_directory(std::string path, bool append_to_foreign)
      : path_{std::move(path)}, append_to_foreign_{append_to_foreign} {}

  /// Makes the directory and takes it for the query, against other sinks and queries. Errors: invalid_argument where
  /// another sink writes into it, checkpoint_mismatch where another query has.
  status open(const sink_context& context);
  void close();
  const std::string& path() const noexcept { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  /// Of a file in one of its directories; `directory` may be empty.
  std::string path(const std::string& directory, const std::string& name) const {
    return path(directory.empty() ? name : directory + "/" + name);
  }
  /// Where the sink keeps what is not to be seen: "<path>/_weir-<sink>.<what>".
  std::string own_path(const char* what) const;

  /// The newest epoch known to be committed: the mark is not synced, so it may lag, but never leads.
  std::optional<epoch_id> last_committed() const noexcept { return last_committed_; }
  status note_commit(epoch_id epoch);

  /// Makes a directory below, and its name durable.
  status make(const std::string& directory);
  /// Makes the names in a directory below durable, as far as the query is to be.
  status sync_names(const std::string& directory);
  bool syncs() const noexcept { return context_.durability == durability::fsync; }

private:
  status claim();
  status read_mark();

  std::string path_;
  bool append_to_foreign_;
  sink_context context_;
  std::unique_ptr<file_lock> lock_;  ///< while the query runs
  std::unique_ptr<writable_file> mark_;
  std::optional<epoch_id> last_committed_;
  std::set<std::string> made_;
};

}  // namespace weir
