#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/columns/text.hpp>
#include <weir/sinks/files/output_directory.hpp>
#include <weir/sinks/files/partitioning.hpp>
#include <weir/sinks/sink.hpp>

namespace weir {

/// What the sinks of files of lines have in common; see sinks/files.hpp. One file a directory grows at a time.
class file_sink : public sink {
public:
  struct options {
    std::string kind;  ///< also the files' extension
    std::string directory;
    std::vector<std::string> partition_by;
    std::optional<std::int64_t> roll_rows;
    std::optional<std::int64_t> roll_bytes;
    std::optional<std::chrono::microseconds> roll_every;
    bool visible_when_rolled = false;
    bool append_to_foreign = false;
    bool nested_columns = true;  ///< the format can hold them
  };

  file_sink(options settings, std::unique_ptr<row_formatter> format);

  status start(const sink_context& context) override;
  status stage(epoch_id epoch, const batch& rows) override;
  result<token> prepare(epoch_id epoch) override;
  status commit(epoch_id epoch, const token& staged) override;
  void abort(epoch_id epoch) override { staged_.erase(epoch); }
  status recover(std::span<const pending_commit> pending) override;
  result<std::optional<epoch_id>> last_committed() override { return out_.last_committed(); }
  void stop() override {
    files_.clear();
    out_.close();
  }
  bool supports(output_mode mode) const override { return mode != output_mode::complete; }
  status accepts(const schema& columns) const override;
  delivery guarantee() const override { return delivery::exactly_once; }
  std::string description() const override { return options_.kind + " " + options_.directory; }

private:
  struct rows_text {
    std::string text;
    std::int64_t rows = 0;
  };
  /// Where an epoch's text of one directory goes, as its token says.
  struct place {
    std::string directory;  ///< below the sink's own; empty without partition columns
    std::string file;       ///< the final name
    std::string close;      ///< the file that this one follows; empty: the same one goes on
    std::uint64_t begin = 0;
    std::uint64_t length = 0;
    std::int64_t rows = 0;
  };
  /// The file of a directory that the next epoch is prepared for.
  struct growing_file {
    std::string name;
    std::uint64_t length = 0;
    std::int64_t rows = 0;
    timestamp begun{};
  };
  using places = std::vector<std::pair<place, std::string_view>>;

  std::string open_path(const std::string& directory, const std::string& name) const;
  result<growing_file> newest_file(const std::string& directory) const;
  bool roll_due(const growing_file& file) const;
  static result<places> parse(const token& staged);
  result<writable_file*> open_file(const place& where);

  options options_;
  std::unique_ptr<row_formatter> format_;
  output_directory out_;
  partitioning partitions_;
  sink_context context_;
  std::map<epoch_id, std::map<std::string, rows_text>> staged_;  ///< by directory
  std::map<std::string, growing_file> growing_;                  ///< by directory
  std::map<std::string, std::unique_ptr<writable_file>> files_;  ///< that commits go to, by path
};

/// Errors: invalid_argument for a name that is there twice; unsupported for nested columns unless they may be there.
status check_file_columns(const schema& columns, bool nested, const std::string& format);

/// "part-0000000012-5a4e771e": of the epoch that begins the file, and the query.
std::string part_name(epoch_id epoch, const std::string& query_id);

}  // namespace weir
