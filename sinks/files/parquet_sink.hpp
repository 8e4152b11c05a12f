#pragma once

#include <map>
#include <string>
#include <vector>

#include <weir/sinks/files/output_directory.hpp>
#include <weir/sinks/files/parquet_encoder.hpp>
#include <weir/sinks/files/partitioning.hpp>
#include <weir/sinks/sink.hpp>

namespace weir {

/// What the two sinks of Parquet files have in common: they take an epoch's rows by directory.
class parquet_base : public sink {
public:
  struct options {
    std::string directory;
    std::vector<std::string> partition_by;
    parquet_style style;
    bool append_to_foreign = false;
  };

  status start(const sink_context& context) override;
  status stage(epoch_id epoch, const batch& rows) override;
  void abort(epoch_id epoch) override { staged_.erase(epoch); }
  result<std::optional<epoch_id>> last_committed() override { return out_.last_committed(); }
  void stop() override { out_.close(); }
  bool supports(output_mode mode) const override { return mode != output_mode::complete; }
  status accepts(const schema& columns) const override;
  delivery guarantee() const override { return delivery::exactly_once; }

protected:
  using directories = std::map<std::string, std::vector<batch>>;

  explicit parquet_base(options settings);

  const options& settings() const noexcept { return options_; }
  const sink_context& context() const noexcept { return context_; }
  storage& files() const noexcept { return *context_.files; }
  output_directory& out() noexcept { return out_; }
  const output_directory& out() const noexcept { return out_; }
  /// The columns in the files.
  const schema& columns() const noexcept { return columns_; }
  /// The epoch's rows, which are forgotten.
  directories take(epoch_id epoch);
  /// Writes a file that no one reads before it is renamed, as durable as the query is to be.
  status write_hidden(const std::string& path, std::string_view bytes);

private:
  options options_;
  output_directory out_;
  partitioning partitions_;
  sink_context context_;
  schema columns_;
  std::map<epoch_id, directories> staged_;
};

/// One Parquet file an epoch and directory, staged under a hidden name; the token has the names.
class parquet_sink final : public parquet_base {
public:
  explicit parquet_sink(options settings) : parquet_base{std::move(settings)} {}

  status start(const sink_context& context) override;
  result<token> prepare(epoch_id epoch) override;
  status commit(epoch_id epoch, const token& staged) override;
  status recover(std::span<const pending_commit> pending) override;
  std::string description() const override { return "parquet " + settings().directory; }

private:
  struct staged_file {
    std::string hidden;
    std::string directory;
    std::string file;
  };
  static result<std::vector<staged_file>> parse(const token& staged);

  std::string hidden_;  ///< the directory of staged files
};

}  // namespace weir
