#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <weir/state/epoch_log.hpp>
#include <weir/state/storage.hpp>

namespace weir {

/// What an epoch's record holds instead of a sink's token that is a file of its own.
struct token_reference {
  std::string name;  ///< of the file, in the sink's directory: "7.arrow"
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;  ///< XXH3-64 of the bytes
};

/// Tokens that are files of a checkpoint, `sinks/<sink>/<epoch>.arrow`: whole results (complete mode) and large ones.
/// A file is as durable as the checkpoint before its epoch's record is, and goes once the sink's commit is.
class token_files {
public:
  /// `sync`: written to the disk, not only to the system's cache.
  token_files(std::shared_ptr<storage> files, std::string checkpoint_directory, bool sync);

  /// Whether a token is a file of its own where `most` bytes may stand in the log.
  static bool wants(std::string_view token, std::uint64_t most);
  /// Writes the token's file; gives the reference for the record.
  result<std::string> put(const std::string& sink, epoch_id epoch, std::string_view token);
  /// The token of which the record holds `recorded`. Errors: corrupt_checkpoint naming a file that is missing or
  /// damaged.
  result<std::string> get(const std::string& sink, epoch_id epoch, const std::string& recorded) const;
  /// What `recorded` refers to; none: it is the token itself.
  static std::optional<token_reference> reference(std::string_view recorded);
  /// Of a sink's files; for its name whatever characters that has.
  std::string directory(const std::string& sink) const;

  /// At a start: keeps the files of tokens that are still to be committed, removes all others.
  status recover(const recovered_log& recovered);
  /// The sink's commits up to `epoch` are durable: removes their files. What cannot be removed now goes at the next
  /// start.
  void committed(const std::string& sink, epoch_id epoch);

private:
  std::string path(const std::string& sink, epoch_id epoch) const;

  std::shared_ptr<storage> files_;
  std::string root_;
  bool sync_;
  std::map<std::string, std::set<epoch_id>> kept_;  ///< by sink whose directory is there
};

}  // namespace weir
