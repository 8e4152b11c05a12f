#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <weir/columns/logging.hpp>
#include <weir/sources/files/directory_watch.hpp>
#include <weir/sources/files/listing.hpp>
#include <weir/sources/files/seen.hpp>
#include <weir/sources/files/settings.hpp>
#include <weir/state/clock.hpp>
#include <weir/state/ticker.hpp>

namespace weir {

/// The files that wait to be read, in their order: a listing, renewed when something may have changed.
class waiting_files {
public:
  waiting_files(const file_settings& settings, const seen_files& seen) : settings_{settings}, seen_{seen} {}

  /// Watches from now on; `changed` is called, from any thread, when files may have come.
  void watch(const std::string& name, logger_ptr log, std::shared_ptr<clock> time, std::function<void()> changed);
  void stop();
  /// Lists again if that is due. Errors: io_error.
  status renew();
  /// Lists now and, where that went well, never again (F08).
  status freeze();

  bool empty() const noexcept { return files_.empty(); }
  std::size_t size() const noexcept { return files_.size(); }
  const listed_file& front() const { return files_.front(); }
  void pop() { files_.pop_front(); }
  std::int64_t listings() const noexcept { return listings_; }

private:
  status list();
  result<file_listing> find();
  void keep_some();

  const file_settings& settings_;
  const seen_files& seen_;
  std::string name_;
  logger_ptr log_;
  std::shared_ptr<clock> time_;
  std::deque<listed_file> files_;
  std::set<std::string> watched_;
  std::atomic<bool> due_ = true;
  bool more_ = false;  ///< the listing had more than are kept
  bool frozen_ = false;
  std::int64_t listings_ = 0;
  std::unique_ptr<directory_watch> watch_;
  std::unique_ptr<ticker> ticker_;
};

}  // namespace weir
