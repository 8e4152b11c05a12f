#include <weir/sources/files.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <limits>

#include <arrow/api.h>
#include <boost/json.hpp>
#include <spdlog/logger.h>

#include <weir/sources/buffered_source.hpp>
#include <weir/sources/files/cleaning.hpp>
#include <weir/sources/files/directory_watch.hpp>
#include <weir/sources/files/line_begins.hpp>
#include <weir/sources/files/reader.hpp>
#include <weir/sources/files/seen.hpp>
#include <weir/state/ticker.hpp>

namespace weir::sources {
namespace {

constexpr std::int64_t no_cap = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t read_ahead_bytes = std::int64_t{64} << 20;
constexpr auto stale_write = std::chrono::seconds{10};

/// `files` files are read, and `byte` bytes of the next.
struct place {
  std::int64_t files = 0;
  std::int64_t byte = 0;
  friend bool operator==(const place&, const place&) = default;
};

struct piece {
  place begin;
  place end;
  std::int64_t end_byte;
  std::shared_ptr<arrow::RecordBatch> rows;
};

class files_source : public source {
public:
  explicit files_source(files options)
      : options_{std::move(options)}, lines_{options_.max_line_bytes, options_.invalid_utf8, false},
        seen_{ages_count() ? options_.max_file_age : std::chrono::microseconds::max() / 2, options_.file_name_only} {}

  weir::schema schema() const override { return line_schema(); }
  bool replayable() const override { return true; }
  std::string description() const override { return "files " + options_.path; }
  result<offset> initial_offset() override { return json({}); }

  status start(const source_context& context) override {
    context_ = context;
    if (!context_.log)
      context_.log = quiet_logger();
    if (!context_.directory.empty())
      WEIR_TRY(seen_.open(context_.files, context_.directory));
    if (context_.last_offset) {
      WEIR_ASSIGN(committed_, parse(*context_.last_offset));
    }
    cleaned_ = seen_.first();
    scan_ = committed_;
    if (seen_.next() > 0)
      seen_.purge(std::min(committed_.files, cleaned_));
    const auto look = [this] {
      listing_due_ = true;
      if (context_.data_available)
        context_.data_available();
    };
    if (auto watch = directory_watch::open(look); watch.ok())
      watch_ = std::move(*watch);
    else
      context_.log->warn("{}: new files are found by listing only: {}", context_.name, watch.error().to_string());
    ticker_ = std::make_unique<ticker>(
        context_.time, [every = options_.list_interval](timestamp now) { return now + every; }, look);
    WEIR_TRY(list());
    if (!waiting_.empty() || committed_.files < seen_.next())
      look();
    return {};
  }

  void stop() override {
    ticker_.reset();
    watch_.reset();
    reader_.reset();
  }

  void drain() override { frozen_ = true; }

  bool prepare_for_available_now() override {
    listing_due_ = true;
    // A failing listing is found again, and reported, by the next call.
    frozen_ = list().ok();
    return true;
  }

  result<offset> latest_offset(const offset& start, const read_limit& limit) override {
    WEIR_ASSIGN(const auto from, parse(start));
    if (!frozen_)
      WEIR_TRY(list());
    auto caps = epoch_caps{};
    if (!limit.unlimited()) {
      caps.files = std::min(limit.files.value_or(no_cap), options_.max_files_per_trigger.value_or(no_cap));
      caps.file_bytes = options_.max_bytes_per_trigger.value_or(no_cap);
    }
    auto end = from;
    if (limit.rows || limit.bytes) {
      caps.rows = limit.rows.value_or(no_cap);
      caps.bytes = std::min(limit.bytes.value_or(no_cap), read_ahead_bytes);
      WEIR_TRY(read_ahead(from, caps, end));
    } else {
      end.byte = 0;
      while (admits(end.files, caps))
        ++end.files;
      if (end.files == from.files)
        end = from;
    }
    WEIR_TRY(seen_.flush());
    seen_.purge(options_.clean_source == clean_source::off ? committed_.files : std::min(committed_.files, cleaned_));
    return end == from ? start : json(end);
  }

  status get_batch(const offset& start, const offset& end, collector& out) override {
    WEIR_ASSIGN(auto at, parse(start));
    WEIR_ASSIGN(const auto to, parse(end));
    while (!(at == to)) {
      if (!ahead_.empty() && ahead_.front().begin == at) {
        emit(ahead_.front(), out);
        at = ahead_.front().end;
        ahead_.pop_front();
        continue;
      }
      const auto last = at.files == to.files;
      WEIR_TRY(read_file(at, last ? to.byte : file_reader::everything, out));
      at = last ? to : place{at.files + 1, 0};
    }
    return {};
  }

  status commit(const offset& end) override {
    WEIR_ASSIGN(const auto to, parse(end));
    // Files of the epoch before: an epoch's own files stay until the next one is durable (C113).
    if (options_.clean_source != clean_source::off) {
      for (; cleaned_ < committed_.files; ++cleaned_)
        if (const auto cleaned = clean_file(seen_[cleaned_].path, options_.archive_dir); !cleaned.ok())
          context_.log->warn("{}: {}", context_.name, cleaned.message());
    }
    if (to.files > committed_.files || (to.files == committed_.files && to.byte > committed_.byte))
      committed_ = to;
    return {};
  }

  std::map<std::string, std::string> metrics() const override {
    return {{"filesTaken", std::to_string(seen_.next())},
            {"filesWaiting", std::to_string(waiting_.size())},
            {"listings", std::to_string(listings_)},
            {"replacedLines", std::to_string(replaced_)}};
  }

private:
  struct epoch_caps {
    std::int64_t files = no_cap;
    std::int64_t file_bytes = no_cap;
    std::int64_t rows = no_cap;
    std::int64_t bytes = no_cap;
  };

  bool ages_count() const {
    return !options_.latest_first || (!options_.max_files_per_trigger && !options_.max_bytes_per_trigger);
  }

  offset json(const place& at) const {
    auto text = "{\"files\":" + std::to_string(at.files);
    if (at.byte > 0)
      text += ",\"file\":" + boost::json::serialize(boost::json::value(seen_[at.files].path)) +
              ",\"byte\":" + std::to_string(at.byte);
    return offset{text + "}"};
  }

  result<place> parse(const offset& position) const {
    auto error = boost::system::error_code{};
    const auto value = boost::json::parse(position.json, error);
    const auto* object = error ? nullptr : value.if_object();
    const auto number = [&](const char* name) {
      const auto* member = object == nullptr ? nullptr : object->if_contains(name);
      return member != nullptr && member->is_int64() ? member->as_int64() : -1;
    };
    auto at = place{number("files"), 0};
    if (at.files < 0)
      return status{errc::checkpoint_mismatch, "the offset '" + position.json + "' is not one of a files source"};
    const auto* file = object->if_contains("file");
    if (at.files + (file != nullptr ? 1 : 0) > seen_.next() || (file != nullptr && at.files < seen_.first()))
      return status{errc::checkpoint_mismatch,
                    "the offset " + position.json + " is not in the log of files, which holds " +
                        std::to_string(seen_.first()) + " to " + std::to_string(seen_.next())};
    if (file == nullptr)
      return at;
    at.byte = number("byte");
    if (at.byte < 0 || !file->is_string() || std::string_view{file->as_string()} != seen_[at.files].path)
      return status{errc::checkpoint_mismatch,
                    "the offset " + position.json + " names another file than the log: " + seen_[at.files].path};
    return at;
  }

  /// Renews what waits to be read, when something may have changed.
  status list() {
    // A file that is there when it is asked for is seen, whether or not the watch's thread has come to say so.
    if (!listing_due_.exchange(false) && !(watch_ && watch_->pending()))
      return {};
    ++listings_;
    WEIR_ASSIGN(auto found, list_files(options_.path, options_.recursive));
    if (watch_) {
      // What appeared between the listing and the new watch would not be told of: list again.
      auto grown = false;
      for (const auto& directory : found.directories) {
        if (!watched_.contains(directory)) {
          if (auto added = watch_->add(directory); !added.ok())
            context_.log->warn("{}: new files are found by listing only: {}", context_.name, added.to_string());
          grown = watched_.insert(directory).second || grown;
        }
      }
      if (grown) {
        WEIR_ASSIGN(found, list_files(options_.path, options_.recursive));
      }
      watch_->update();
    }
    waiting_.clear();
    auto names = std::set<std::string>{};
    const auto now = context_.time->now();
    for (auto& file : found.files) {
      const auto incomplete = watch_ && watch_->being_written(file.path) && file.modified + stale_write > now;
      const auto name = options_.file_name_only ? std::filesystem::path{file.path}.filename().string() : file.path;
      if (!incomplete && seen_.is_new(file.path, file.modified) && names.insert(name).second)
        waiting_.push_back(std::move(file));
    }
    std::ranges::sort(waiting_, [this](const listed_file& a, const listed_file& b) {
      const auto less = [this](const listed_file& x, const listed_file& y) {
        return options_.order == file_order::by_name ? x.path < y.path
                                                     : std::tie(x.modified, x.path) < std::tie(y.modified, y.path);
      };
      return options_.latest_first ? less(b, a) : less(a, b);
    });
    return {};
  }

  /// Whether an epoch may go on to file `number`; uses up the caps, and numbers a waiting file.
  bool admits(std::int64_t number, epoch_caps& caps) {
    const auto known = number < seen_.next();
    if (caps.files <= 0 || caps.file_bytes <= 0 || (!known && waiting_.empty()))
      return false;
    const auto bytes = known ? seen_[number].bytes : waiting_.front().bytes;
    const auto first = caps.file_bytes == options_.max_bytes_per_trigger.value_or(no_cap);
    if (!first && bytes > caps.file_bytes)
      return false;
    --caps.files;
    if (caps.file_bytes != no_cap)
      caps.file_bytes -= bytes;
    if (!known) {
      seen_.add(waiting_.front());
      waiting_.pop_front();
    }
    return true;
  }

  /// The reader of a file; null for one that is gone and may be.
  result<std::unique_ptr<file_reader>> open_file(const place& at, std::int64_t end_byte) {
    const auto& path = seen_[at.files].path;
    auto error = std::error_code{};
    if (options_.ignore_missing_files && !std::filesystem::exists(path, error) && !error)
      return std::unique_ptr<file_reader>{};
    return file_reader::open(path, at.byte, end_byte, lines_);
  }

  /// Reads from `from` until a cap is reached and keeps what it read; `end` is where that was.
  status read_ahead(const place& from, epoch_caps caps, place& end) {
    if (!(scan_ == from)) {
      ahead_.clear();
      reader_.reset();
      scan_ = from;
    }
    auto rows = std::int64_t{0};
    auto capped = false;
    auto opened = false;  // the file at scan_ is counted already
    while (rows < caps.rows && caps.bytes > 0) {
      if (!opened) {
        const auto more = scan_.files < seen_.next() || !waiting_.empty();
        if (!admits(scan_.files, caps)) {
          capped = more;
          break;
        }
        opened = true;
      }
      if (!reader_) {
        WEIR_ASSIGN(reader_, open_file(scan_, file_reader::everything));
      }
      auto ended = !reader_;
      if (reader_) {
        WEIR_ASSIGN(auto batch, reader_->next(caps.rows - rows));
        ended = reader_->at_end();
        if (batch) {
          const auto position = reader_->position();
          const auto after = ended ? place{scan_.files + 1, 0} : place{scan_.files, position};
          rows += batch->num_rows();
          caps.bytes -= position - scan_.byte;
          ahead_.push_back({scan_, after, position, std::move(batch)});
          scan_ = after;
        } else if (ended) {
          scan_ = {scan_.files + 1, 0};
        }
        if (ended)
          replaced_ += reader_->replaced();
      } else {
        scan_ = {scan_.files + 1, 0};
      }
      if (ended) {
        reader_.reset();
        opened = false;
      }
    }
    // Empty files alone make no epoch, unless a cap keeps them from what follows.
    end = rows > 0 || capped ? scan_ : from;
    return {};
  }

  status read_file(const place& begin, std::int64_t end_byte, collector& out) {
    if (begin.files >= seen_.next() || begin.files < seen_.first())
      return {errc::source_failed, "file " + std::to_string(begin.files) + " is not in the log of files any more"};
    WEIR_ASSIGN(const auto reader, open_file(begin, end_byte));
    if (!reader)
      return {};
    for (auto at = begin; !reader->at_end(); at.byte = reader->position()) {
      WEIR_ASSIGN(auto rows, reader->next(no_cap));
      if (rows)
        emit({at, at, reader->position(), std::move(rows)}, out);
    }
    return {};
  }

  void emit(const piece& part, collector& out) const {
    auto origin = std::make_shared<batch_origin>();
    origin->source = context_.name;
    origin->rows = part.rows;
    origin->offset_of = [files = part.begin.files, path = seen_[part.begin.files].path,
                         byte_of = line_begins(*part.rows, part.begin.byte, part.end_byte)](std::int64_t row) {
      return boost::json::serialize(boost::json::object{{"files", files}, {"file", path}, {"byte", byte_of(row)}});
    };
    out.emit(batch{part.rows, std::move(origin)});
  }

  const files options_;
  const line_cutter::options lines_;
  source_context context_;
  seen_files seen_;
  std::deque<listed_file> waiting_;
  std::set<std::string> watched_;
  std::atomic<bool> listing_due_ = true;
  bool frozen_ = false;
  place committed_;
  std::int64_t cleaned_ = 0;
  place scan_;  ///< where reader_ stands, or would
  std::unique_ptr<file_reader> reader_;
  std::deque<piece> ahead_;
  std::int64_t listings_ = 0;
  std::int64_t replaced_ = 0;
  std::unique_ptr<directory_watch> watch_;
  std::unique_ptr<ticker> ticker_;
};

}  // namespace

result<std::unique_ptr<source>> files::open() const {
  WEIR_TRY(check());
  return std::unique_ptr<source>{std::make_unique<files_source>(*this)};
}

}  // namespace weir::sources
