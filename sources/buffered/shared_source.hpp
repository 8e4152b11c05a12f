#pragma once

#include <map>
#include <memory>
#include <string>

#include <weir/sources/buffered_source.hpp>

namespace weir {

/// A source over a buffer that is filled from outside, by who may hold it a moment longer than the query does. Say in
/// `attach` that rows may come, in `detach` that no more are taken; the buffer then lets none in by itself.
class shared_source : public source {
public:
  weir::schema schema() const override;
  result<offset> latest_offset(const offset& start, const read_limit& limit) override;
  status get_batch(const offset& start, const offset& end, collector& out) override;
  status start(const source_context& context) override;
  status commit(const offset& end) override;
  void stop() override;
  void drain() override;
  std::map<std::string, std::string> metrics() const override;
  bool replayable() const override;
  bool prepare_for_available_now() override;
  bool blocking() const override { return false; }
  std::string description() const override;

protected:
  explicit shared_source(std::shared_ptr<buffered_source> buffer) : buffer_{std::move(buffer)} {}

  /// Called once the buffer has started.
  virtual status attach() = 0;
  /// Called when the source drains or stops; may be called twice.
  virtual void detach() = 0;

private:
  std::shared_ptr<buffered_source> buffer_;
};

}  // namespace weir
