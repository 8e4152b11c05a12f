#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <weir/columns/error.hpp>

namespace weir {

/// Tells when files appear in directories (inotify), and which files are still being written.
class directory_watch {
public:
  /// `changed` is called from the watch's own thread, once for many events. Errors: io_error.
  static result<std::unique_ptr<directory_watch>> open(std::function<void()> changed);
  /// No call of `changed` is made after it returns.
  ~directory_watch();

  /// Watches one directory; a second time is a no-op.
  status add(const std::string& directory);
  /// True when something has happened since update(), also while `changed` is still on its way.
  bool pending() const;
  /// Takes in the events so far. Call it after a listing, then every listed file that was created and not
  /// yet closed is known as being written.
  void update();
  /// True for a file that was created under the watch and not closed or moved in since.
  bool being_written(const std::string& path) const { return writing_.contains(path); }

private:
  directory_watch(int events, int wake, std::function<void()> changed);
  void wait();

  int events_;
  int wake_;
  std::function<void()> changed_;
  std::map<int, std::string> directories_;
  std::set<std::string> watched_;
  std::set<std::string> writing_;
  std::jthread thread_;
};

}  // namespace weir
