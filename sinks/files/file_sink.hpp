#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <weir/columns/text.hpp>
#include <weir/sinks/sink.hpp>

namespace weir {

/// What the file sinks have in common; see sinks/files.hpp.
class file_sink : public sink {
public:
  struct options {
    std::string kind;  ///< also the files' extension
    std::string directory;
    std::optional<std::int64_t> roll_rows;
    std::optional<std::int64_t> roll_bytes;
    std::optional<std::chrono::microseconds> roll_every;
    bool visible_when_rolled = false;
    bool append_to_foreign = false;
  };

  file_sink(options settings, std::unique_ptr<row_formatter> format);

  status start(const sink_context& context) override;
  status stage(epoch_id epoch, const batch& rows) override;
  result<token> prepare(epoch_id epoch) override;
  status commit(epoch_id epoch, const token& staged) override;
  void abort(epoch_id epoch) override { staged_.erase(epoch); }
  status recover(std::span<const pending_commit> pending) override;
  result<std::optional<epoch_id>> last_committed() override { return last_committed_; }
  void stop() override {
    file_.reset();
    lock_.reset();
  }
  bool supports(output_mode mode) const override { return mode != output_mode::complete; }
  delivery guarantee() const override { return delivery::exactly_once; }
  std::string description() const override { return options_.kind + " " + options_.directory; }

private:
  struct rows_text {
    std::string text;
    std::int64_t rows = 0;
  };
  /// Where an epoch's text goes, as its token says.
  struct place {
    std::string file;   ///< the final name
    std::string close;  ///< the file that this one follows; empty: the same one goes on
    std::uint64_t begin = 0;
    std::uint64_t length = 0;
    std::int64_t rows = 0;
  };

  std::string path(const std::string& name) const { return options_.directory + "/" + name; }
  std::string open_path(const std::string& name) const;
  std::string mark_path(const char* what) const;
  status claim_directory();
  status read_last_mark();
  status continue_newest_file();
  bool roll_due() const;
  static result<place> parse(const token& staged, std::string& text);
  status open_file(const place& where);

  options options_;
  std::unique_ptr<row_formatter> format_;
  sink_context context_;
  std::map<epoch_id, rows_text> staged_;
  std::optional<epoch_id> last_committed_;

  // The file that the next epoch is prepared for.
  std::string name_;
  std::uint64_t length_ = 0;
  std::int64_t rows_ = 0;
  timestamp begun_{};

  // The file that commits go to.
  std::string open_name_;
  std::unique_ptr<file_lock> lock_;  ///< on the directory, while the query runs
  std::unique_ptr<writable_file> file_;
  std::unique_ptr<writable_file> mark_;
};

}  // namespace weir
