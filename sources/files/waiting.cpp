#include <weir/sources/files/waiting.hpp>

#include <spdlog/logger.h>

namespace weir {
namespace {

constexpr auto stale_write = std::chrono::seconds{10};

std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

void waiting_files::watch(const std::string& name, logger_ptr log, std::shared_ptr<clock> time,
                          std::function<void()> changed) {
  name_ = name;
  log_ = std::move(log);
  time_ = std::move(time);
  const auto look = [this, changed = std::move(changed)] {
    due_ = true;
    changed();
  };
  if (auto watch = directory_watch::open(look); watch.ok())
    watch_ = std::move(*watch);
  else
    log_->warn("{}: new files are found by listing only: {}", name_, watch.error().to_string());
  ticker_ = std::make_unique<ticker>(
      time_, [every = settings_.list_interval](timestamp now) { return now + every; }, look);
}

void waiting_files::stop() {
  ticker_.reset();
  watch_.reset();
}

status waiting_files::freeze() {
  due_ = true;
  frozen_ = true;
  auto listed = list();
  frozen_ = listed.ok();
  return listed;
}

status waiting_files::renew() {
  // A file that is there when it is asked for is seen, whether or not the watch's thread has come to say so.
  const auto changed = due_.exchange(false) || (watch_ && watch_->pending());
  const auto used_up = more_ && files_.empty();
  if (frozen_ || (!changed && !used_up && settings_.max_cached_files > 0))
    return {};
  return list();
}

result<file_listing> waiting_files::find() {
  WEIR_ASSIGN(auto found, list_files(settings_.path, settings_.recursive, settings_.path_columns));
  if (!watch_)
    return found;
  // What appeared between the listing and the new watch would not be told of: list again.
  auto grown = false;
  for (const auto& directory : found.directories) {
    if (watched_.contains(directory))
      continue;
    if (auto added = watch_->add(directory); !added.ok())
      log_->warn("{}: new files are found by listing only: {}", name_, added.to_string());
    grown = watched_.insert(directory).second || grown;
  }
  if (grown) {
    WEIR_ASSIGN(found, list_files(settings_.path, settings_.recursive, settings_.path_columns));
  }
  watch_->update();
  return found;
}

status waiting_files::list() {
  due_ = false;
  ++listings_;
  WEIR_ASSIGN(auto found, find());
  put_in_order(found.files, settings_);
  files_.clear();
  auto names = std::set<std::string>{};
  const auto now = time_->now();
  for (auto& file : found.files) {
    const auto incomplete = watch_ && watch_->being_written(file.path) && file.modified + stale_write > now;
    const auto name = settings_.file_name_only ? name_in(file.path) : file.path;
    if (!incomplete && seen_.is_new(file.path, file.modified) && names.insert(name).second)
      files_.push_back(std::move(file));
  }
  keep_some();
  return {};
}

void waiting_files::keep_some() {
  const auto most = static_cast<std::size_t>(settings_.max_cached_files);
  more_ = !frozen_ && most > 0 && files_.size() > most;
  if (more_)
    files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(most), files_.end());
}

}  // namespace weir
