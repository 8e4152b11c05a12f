#pragma once

#include <memory>
#include <string>
#include <utility>

#include <weir/state/storage.hpp>

namespace weir_test {

/// Passes every call on; for tests that change one.
class forwarding_storage : public weir::storage {
public:
  explicit forwarding_storage(std::shared_ptr<weir::storage> below) : below_{std::move(below)} {}

  weir::result<std::unique_ptr<weir::writable_file>> open_write(const std::string& path) override {
    return below_->open_write(path);
  }
  weir::result<std::unique_ptr<weir::readable_file>> open_read(const std::string& path) override {
    return below_->open_read(path);
  }
  weir::result<std::string> read_all(const std::string& path) override { return below_->read_all(path); }
  weir::result<bool> exists(const std::string& path) override { return below_->exists(path); }
  weir::result<std::vector<weir::directory_entry>> list(const std::string& directory) override {
    return below_->list(directory);
  }
  weir::status create_directories(const std::string& path) override { return below_->create_directories(path); }
  weir::status rename(const std::string& from, const std::string& to) override { return below_->rename(from, to); }
  weir::status remove(const std::string& path) override { return below_->remove(path); }
  weir::status sync_directory(const std::string& path) override { return below_->sync_directory(path); }
  weir::result<std::unique_ptr<weir::file_lock>> lock(const std::string& path, std::string_view owner) override {
    return below_->lock(path, owner);
  }

private:
  std::shared_ptr<weir::storage> below_;
};

}  // namespace weir_test
