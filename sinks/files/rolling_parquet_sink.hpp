#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <weir/sinks/files/parquet_sink.hpp>
#include <weir/sinks/parquet.hpp>

namespace weir {

/// Parquet files of several epochs. An epoch's token holds its rows as messages of an Arrow IPC stream and the place in
/// a hidden file where commit writes them; what is repeated is the same bytes at the same place. A hidden file becomes
/// a Parquet file once no prepared epoch has a place in it and none will get one. So a Parquet file that is there has
/// all the epochs whose tokens name it, and a commit that finds it has nothing to do.
class rolling_parquet_sink final : public parquet_base {
public:
  rolling_parquet_sink(options settings, sinks::parquet_roll roll);

  status start(const sink_context& context) override;
  result<token> prepare(epoch_id epoch) override;
  status commit(epoch_id epoch, const token& staged) override;
  void abort(epoch_id epoch) override;
  status recover(std::span<const pending_commit> pending) override;
  void stop() override;
  std::string description() const override;

private:
  /// Where an epoch's rows of one directory go, as its token says.
  struct place {
    std::string directory;
    std::string file;  ///< without an extension
    std::uint64_t begin = 0;
    std::uint64_t length = 0;

    std::string key() const { return directory + "/" + file; }
  };
  /// A hidden file.
  struct open_part {
    std::string directory;
    std::string file;
    std::uint64_t length = 0;
    timestamp begun{};
    int owed = 0;         ///< prepared epochs that are not committed
    bool closed = false;  ///< no epoch is prepared for it any more
  };
  using parts = std::map<std::string, open_part>;
  using places = std::vector<std::pair<place, std::string_view>>;

  static result<places> parse(const token& staged);
  std::string hidden_directory(const std::string& directory) const;
  std::string hidden_path(const open_part& part, const char* extension) const;
  status make_hidden(const std::string& directory);
  open_part& growing(const std::string& directory, epoch_id epoch);
  status write(const place& where, std::string_view bytes);
  status convert(const open_part& part);
  status convert_ready();
  status find_left(const std::string& directory);
  void close(open_part& part);
  status roll_due();
  void set_alarm();

  sinks::parquet_roll roll_;
  parts parts_;                                         ///< by place::key()
  std::map<std::string, std::string> growing_;          ///< directory -> key
  std::map<epoch_id, std::vector<std::string>> owing_;  ///< epoch -> keys
  std::optional<clock::alarm_id> alarm_;
  std::set<std::string> made_;
};

}  // namespace weir
