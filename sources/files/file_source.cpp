#include <weir/sources/files/file_source.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>

#include <arrow/record_batch.h>
#include <boost/json.hpp>
#include <spdlog/logger.h>

#include <weir/sources/files/cleaning.hpp>

namespace weir {
namespace {

constexpr std::int64_t no_cap = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t read_ahead_bytes = std::int64_t{64} << 20;

}  // namespace

struct file_source::epoch_caps {
  std::int64_t files = no_cap;
  std::int64_t file_bytes = no_cap;
  std::int64_t rows = no_cap;
  std::int64_t bytes = no_cap;
};

file_source::file_source(file_settings settings, std::unique_ptr<file_format> format)
    : settings_{std::move(settings)}, format_{std::move(format)},
      seen_{settings_.ages_count() ? settings_.max_file_age : std::chrono::microseconds::max() / 2,
            settings_.file_name_only},
      waiting_{settings_, seen_} {}

status file_source::start(const source_context& context) {
  context_ = context;
  if (!context_.log)
    context_.log = quiet_logger();
  if (settings_.clean_source != sources::clean_source::off)
    WEIR_TRY(check_cleanable(settings_.path));
  if (!context_.directory.empty())
    WEIR_TRY(seen_.open(context_.files, context_.directory));
  if (context_.last_offset) {
    WEIR_ASSIGN(committed_, to_place(*context_.last_offset, seen_));
  }
  cleaned_ = seen_.first();
  scan_ = committed_;
  if (seen_.next() > 0)
    seen_.purge(std::min(committed_.files, cleaned_));
  const auto tell = [available = context_.data_available] {
    if (available)
      available();
  };
  waiting_.watch(context_.name, context_.log, context_.time, tell);
  WEIR_TRY(waiting_.renew());
  if (!waiting_.empty() || committed_.files < seen_.next())
    tell();
  return {};
}

void file_source::stop() {
  waiting_.stop();
  reader_.reset();
}

bool file_source::prepare_for_available_now() {
  // A failing listing is found again, and reported, by the next call.
  frozen_ = waiting_.freeze().ok();
  return true;
}

result<offset> file_source::latest_offset(const offset& start, const read_limit& limit) {
  WEIR_ASSIGN(const auto from, to_place(start, seen_));
  if (!frozen_)
    WEIR_TRY(waiting_.renew());
  auto caps = epoch_caps{};
  if (!limit.unlimited()) {
    caps.files = std::min(limit.files.value_or(no_cap), settings_.max_files_per_trigger.value_or(no_cap));
    caps.file_bytes = settings_.max_bytes_per_trigger.value_or(no_cap);
  }
  auto end = from;
  if (limit.rows || limit.bytes) {
    caps.rows = limit.rows.value_or(no_cap);
    caps.bytes = std::min(limit.bytes.value_or(no_cap), read_ahead_bytes);
    WEIR_TRY(read_ahead(from, caps, end));
  } else {
    end.position = 0;
    while (admits(end.files, caps))
      ++end.files;
    if (end.files == from.files)
      end = from;
  }
  WEIR_TRY(seen_.flush());
  const auto cleans = settings_.clean_source != sources::clean_source::off;
  seen_.purge(cleans ? std::min(committed_.files, cleaned_) : committed_.files);
  return end == from ? start : to_offset(end, seen_);
}

status file_source::get_batch(const offset& start, const offset& end, collector& out) {
  WEIR_ASSIGN(auto at, to_place(start, seen_));
  WEIR_ASSIGN(const auto to, to_place(end, seen_));
  while (!(at == to)) {
    if (!ahead_.empty() && ahead_.front().begin == at) {
      emit(at.files, ahead_.front().content, out);
      at = ahead_.front().end;
      ahead_.pop_front();
      continue;
    }
    const auto last = at.files == to.files;
    WEIR_TRY(read_file(at, last ? to.position : file_reader::everything, out));
    at = last ? to : file_place{at.files + 1, 0};
  }
  return {};
}

status file_source::commit(const offset& end) {
  WEIR_ASSIGN(const auto to, to_place(end, seen_));
  // Files of the epoch before: an epoch's own files stay until the next one is durable (C113).
  if (settings_.clean_source != sources::clean_source::off) {
    for (; cleaned_ < committed_.files; ++cleaned_)
      if (const auto cleaned = clean_file(seen_[cleaned_].path, settings_.archive_dir); !cleaned.ok())
        context_.log->warn("{}: {}", context_.name, cleaned.message());
  }
  if (to.files > committed_.files || (to.files == committed_.files && to.position > committed_.position))
    committed_ = to;
  return {};
}

std::map<std::string, std::string> file_source::metrics() const {
  std::map<std::string, std::string> all{{"filesTaken", std::to_string(seen_.next())},
                                         {"filesWaiting", std::to_string(waiting_.size())},
                                         {"listings", std::to_string(waiting_.listings())}};
  for (const auto& [name, value] : counts_)
    all[name] = std::to_string(value);
  return all;
}

/// Whether an epoch may go on to file `number`; uses up the caps, and numbers a waiting file.
bool file_source::admits(std::int64_t number, epoch_caps& caps) {
  const auto known = number < seen_.next();
  if (caps.files <= 0 || caps.file_bytes <= 0 || (!known && waiting_.empty()))
    return false;
  const auto bytes = known ? seen_[number].bytes : waiting_.front().bytes;
  const auto first = caps.file_bytes == settings_.max_bytes_per_trigger.value_or(no_cap);
  if (!first && bytes > caps.file_bytes)
    return false;
  --caps.files;
  if (caps.file_bytes != no_cap)
    caps.file_bytes -= bytes;
  if (!known) {
    seen_.add(waiting_.front());
    waiting_.pop();
  }
  return true;
}

/// The reader of a file; null for one that is gone and may be.
result<std::unique_ptr<file_reader>> file_source::open_file(const file_place& at, std::int64_t end) const {
  const auto& path = seen_[at.files].path;
  auto error = std::error_code{};
  if (settings_.ignore_missing_files && !std::filesystem::exists(path, error) && !error)
    return std::unique_ptr<file_reader>{};
  return format_->open(path, at.position, end);
}

void file_source::count(const file_reader& reader) {
  for (const auto& [name, value] : reader.counts())
    counts_[name] += value;
}

/// Goes on from `from` until a cap is reached; `end` is where that was. The rows are kept, where they were read.
status file_source::read_ahead(const file_place& from, epoch_caps caps, file_place& end) {
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
      const auto begin = scan_;
      const auto bytes = reader_->bytes_read();
      auto part = file_rows{};
      auto count_of = std::int64_t{0};
      if (format_->plans_by_metadata()) {
        WEIR_ASSIGN(count_of, reader_->pass_over());
      } else {
        WEIR_ASSIGN(part, reader_->next(caps.rows - rows));
        count_of = part.rows ? part.rows->num_rows() : 0;
      }
      ended = reader_->at_end();
      scan_ = ended ? file_place{begin.files + 1, 0} : file_place{begin.files, reader_->position()};
      rows += count_of;
      caps.bytes -= reader_->bytes_read() - bytes;
      if (!format_->plans_by_metadata() && !(scan_ == begin))
        ahead_.push_back({begin, scan_, std::move(part)});
      if (ended)
        count(*reader_);
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

status file_source::read_file(const file_place& begin, std::int64_t end, collector& out) {
  if (begin.files >= seen_.next() || begin.files < seen_.first())
    return {errc::source_failed, "file " + std::to_string(begin.files) + " is not in the log of files any more"};
  WEIR_ASSIGN(const auto reader, open_file(begin, end));
  while (reader && !reader->at_end()) {
    WEIR_ASSIGN(const auto part, reader->next(no_cap));
    emit(begin.files, part, out);
  }
  if (reader)
    count(*reader);
  return {};
}

void file_source::emit(std::int64_t file, const file_rows& part, collector& out) const {
  if (!part.rows || part.rows->num_rows() == 0)
    return;
  auto origin = std::make_shared<batch_origin>();
  origin->source = context_.name;
  origin->rows = part.rows;
  origin->offset_of = [file, path = seen_[file].path, position_of = part.position_of](std::int64_t row) {
    return boost::json::serialize(boost::json::object{{"files", file}, {"file", path}, {"byte", position_of(row)}});
  };
  out.emit(batch{part.rows, std::move(origin)});
}

}  // namespace weir
