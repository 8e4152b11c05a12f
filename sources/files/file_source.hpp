#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include <weir/sources/files/format.hpp>
#include <weir/sources/files/place.hpp>
#include <weir/sources/files/seen.hpp>
#include <weir/sources/files/settings.hpp>
#include <weir/sources/files/waiting.hpp>
#include <weir/sources/source.hpp>

namespace weir {

/// A source over files of any format (semantics 15.1): takes files one after the other, each once and whole, and cuts
/// epochs where the caps say, at the positions that the format has.
class file_source final : public source {
public:
  file_source(file_settings settings, std::unique_ptr<file_format> format);

  weir::schema schema() const override { return format_->output(); }
  bool replayable() const override { return true; }
  std::string description() const override { return settings_.kind + " " + settings_.path; }
  std::map<std::string, std::string> fixed_settings() const override { return format_->settings(); }
  result<offset> initial_offset() override { return to_offset({}, seen_); }
  status start(const source_context& context) override;
  void stop() override;
  void drain() override { frozen_ = true; }
  bool prepare_for_available_now() override;
  result<offset> latest_offset(const offset& start, const read_limit& limit) override;
  status get_batch(const offset& start, const offset& end, collector& out) override;
  status commit(const offset& end) override;
  std::map<std::string, std::string> metrics() const override;

private:
  struct epoch_caps;
  struct piece {
    file_place begin;
    file_place end;
    file_rows content;
  };

  bool admits(std::int64_t number, epoch_caps& caps);
  result<std::unique_ptr<file_reader>> open_file(const file_place& at, std::int64_t end) const;
  status read_ahead(const file_place& from, epoch_caps caps, file_place& end);
  status read_file(const file_place& begin, std::int64_t end, collector& out);
  void emit(std::int64_t file, const file_rows& part, collector& out) const;
  void count(const file_reader& reader);

  const file_settings settings_;
  const std::unique_ptr<file_format> format_;
  source_context context_;
  seen_files seen_;
  waiting_files waiting_;
  bool frozen_ = false;
  file_place committed_;
  std::int64_t cleaned_ = 0;
  file_place scan_;  ///< where reader_ stands, or would
  std::unique_ptr<file_reader> reader_;
  std::deque<piece> ahead_;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace weir
