#include <weir/sources/files/directory_watch.hpp>

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weir {

result<std::unique_ptr<directory_watch>> directory_watch::open(std::function<void()> changed) {
  const int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (events < 0)
    return errno_status(errno, "inotify_init1");
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  if (wake < 0) {
    const auto failed = errno_status(errno, "eventfd");
    ::close(events);
    return failed;
  }
  return std::unique_ptr<directory_watch>{new directory_watch{events, wake, std::move(changed)}};
}

directory_watch::directory_watch(int events, int wake, std::function<void()> changed)
    : events_{events}, wake_{wake}, changed_{std::move(changed)}, thread_{[this] { wait(); }} {}

directory_watch::~directory_watch() {
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(events_);
  ::close(wake_);
}

void directory_watch::wait() {
  const int queue = ::epoll_create1(EPOLL_CLOEXEC);
  // Edge-triggered: one wake-up for new events, whether or not update() has read the old ones.
  auto events = epoll_event{.events = EPOLLIN | EPOLLET, .data = {.fd = events_}};
  auto wake = epoll_event{.events = EPOLLIN, .data = {.fd = wake_}};
  ::epoll_ctl(queue, EPOLL_CTL_ADD, events_, &events);
  ::epoll_ctl(queue, EPOLL_CTL_ADD, wake_, &wake);
  for (;;) {
    auto ready = std::array<epoll_event, 2>{};
    const int count = ::epoll_wait(queue, ready.data(), static_cast<int>(ready.size()), -1);
    if (count < 0 && errno != EINTR)
      break;
    auto over = false;
    for (int i = 0; i < count; ++i)
      over = over || ready[static_cast<std::size_t>(i)].data.fd == wake_;
    if (over)
      break;
    if (count > 0)
      changed_();
  }
  ::close(queue);
}

status directory_watch::add(const std::string& directory) {
  if (!watched_.insert(directory).second)
    return {};
  const int id = ::inotify_add_watch(events_, directory.c_str(),
                                     IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR);
  if (id < 0) {
    watched_.erase(directory);
    return errno_status(errno, "watch directory " + directory);
  }
  directories_[id] = directory;
  return {};
}

bool directory_watch::pending() const {
  auto bytes = 0;
  return ::ioctl(events_, FIONREAD, &bytes) == 0 && bytes > 0;
}

void directory_watch::update() {
  alignas(inotify_event) auto buffer = std::array<char, 16 * 1024>{};
  for (;;) {
    const auto count = ::read(events_, buffer.data(), buffer.size());
    if (count <= 0)
      return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      auto event = inotify_event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const auto* name = buffer.data() + at + sizeof(event);
      at += sizeof(event) + event.len;
      const auto directory = directories_.find(event.wd);
      if (directory == directories_.end())
        continue;
      if ((event.mask & IN_IGNORED) != 0) {
        watched_.erase(directory->second);
        directories_.erase(directory);
      } else if (event.len > 0 && (event.mask & IN_ISDIR) == 0) {
        auto path = directory->second + "/" + name;
        if ((event.mask & IN_CREATE) != 0)
          writing_.insert(std::move(path));
        else
          writing_.erase(path);
      }
    }
  }
}

}  // namespace weir
