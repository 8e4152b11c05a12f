#include <weir/sinks/files/file_sink.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include <boost/json.hpp>

namespace weir {

file_sink::file_sink(options settings, std::unique_ptr<row_formatter> format)
    : options_{std::move(settings)}, format_{std::move(format)} {}

std::string file_sink::open_path(const std::string& name) const {
  return path(options_.visible_when_rolled ? "_open-" + name : name);
}

std::string file_sink::mark_path(const char* what) const { return path("_weir-" + context_.name + "." + what); }

status file_sink::start(const sink_context& context) {
  context_ = context;
  WEIR_TRY(context_.files->create_directories(options_.directory));
  WEIR_TRY(claim_directory());
  return read_last_mark();
}

/// The directory is this query's: says so, or refuses one that is another's.
status file_sink::claim_directory() {
  auto& files = *context_.files;
  // The owner's mark does not tell two sinks of one query apart: both would write the same part files.
  auto locked = files.lock(path("_weir-lock"), "sink " + context_.name + " of query " + context_.query_id);
  if (!locked.ok())
    return locked.error().code() == errc::checkpoint_in_use
               ? status{errc::invalid_argument,
                        "two sinks cannot write into one directory: " + locked.error().message()}
               : locked.error();
  lock_ = std::move(*locked);
  WEIR_ASSIGN(const auto entries, files.list(options_.directory));
  for (const auto& entry : entries) {
    if (!entry.name.starts_with("_weir-") || !entry.name.ends_with(".owner"))
      continue;
    WEIR_ASSIGN(auto owner, files.read_all(path(entry.name)));
    while (!owner.empty() && owner.back() == '\n')
      owner.pop_back();
    if (owner == context_.query_id)
      continue;
    if (!options_.append_to_foreign)
      return {errc::checkpoint_mismatch, options_.directory + " was written by query " + owner + ", this is query " +
                                             context_.query_id +
                                             ": use another directory, that query's checkpoint, or append_to_foreign"};
    WEIR_TRY(files.remove(path(entry.name)));
  }
  WEIR_ASSIGN(const auto mine, files.exists(mark_path("owner")));
  if (mine)
    return {};
  WEIR_TRY(files.remove(mark_path("last")));
  return write_file_atomically(files, mark_path("owner"), context_.query_id + "\n");
}

/// The newest committed epoch, overwritten in place at each commit and not synced: it may lag, and says nothing when
/// it cannot be read, but never leads.
status file_sink::read_last_mark() {
  WEIR_ASSIGN(mark_, context_.files->open_write(mark_path("last")));
  WEIR_ASSIGN(const auto text, context_.files->read_all(mark_path("last")));
  std::int64_t epoch = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch);
  if (error == std::errc{} && text.size() == 21 && end == text.data() + 20)
    last_committed_ = epoch_id{epoch};
  return {};
}

status file_sink::stage(epoch_id epoch, const batch& rows) {
  auto& staged = staged_[epoch];
  format_->bind(rows);
  for (std::int64_t row = 0; row < rows.num_rows(); ++row)
    format_->append(row, staged.text);
  staged.rows += rows.num_rows();
  return {};
}

bool file_sink::roll_due() const {
  return name_.empty() || (options_.roll_rows && rows_ >= *options_.roll_rows) ||
         (options_.roll_bytes && length_ >= static_cast<std::uint64_t>(*options_.roll_bytes)) ||
         (options_.roll_every && context_.time->now() - begun_ >= *options_.roll_every);
}

result<token> file_sink::prepare(epoch_id epoch) {
  auto staged = std::move(staged_[epoch]);
  staged_.erase(epoch);
  if (staged.text.empty())
    return token{};
  boost::json::object where;
  if (roll_due()) {
    where["close"] = name_;
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "part-%010lld-%.8s", static_cast<long long>(epoch.value),
                  context_.query_id.c_str());
    name_ = std::string{name.data()} + "." + options_.kind;
    length_ = 0;
    rows_ = 0;
    begun_ = context_.time->now();
    staged.text.insert(0, format_->header(context_.columns));
  }
  where["file"] = name_;
  where["begin"] = length_;
  where["length"] = staged.text.size();
  where["rows"] = staged.rows;
  length_ += staged.text.size();
  rows_ += staged.rows;
  return token{boost::json::serialize(where) + "\n" + staged.text};
}

result<file_sink::place> file_sink::parse(const token& staged, std::string& text) {
  const auto line = staged.bytes.find('\n');
  boost::system::error_code error;
  const auto value = boost::json::parse(staged.bytes.substr(0, line), error);
  const auto bad = status{errc::corrupt_checkpoint, "the token of a file sink cannot be read"};
  if (error || !value.is_object() || line == std::string::npos)
    return bad;
  try {
    const auto& object = value.as_object();
    place where;
    where.file = std::string{object.at("file").as_string()};
    if (const auto* close = object.if_contains("close"))
      where.close = std::string{close->as_string()};
    where.begin = object.at("begin").to_number<std::uint64_t>();
    where.length = object.at("length").to_number<std::uint64_t>();
    where.rows = object.at("rows").to_number<std::int64_t>();
    text = staged.bytes.substr(line + 1);
    if (text.size() != where.length)
      return bad;
    return where;
  } catch (const std::exception&) {
    return bad;
  }
}

status file_sink::open_file(const place& where) {
  if (file_ && open_name_ == where.file)
    return {};
  file_.reset();
  if (options_.visible_when_rolled && !where.close.empty()) {
    WEIR_ASSIGN(const auto there, context_.files->exists(open_path(where.close)));
    if (there)
      WEIR_TRY(context_.files->rename(open_path(where.close), path(where.close)));
  }
  WEIR_ASSIGN(file_, context_.files->open_write(open_path(where.file)));
  open_name_ = where.file;
  return context_.durability == durability::fsync ? context_.files->sync_directory(options_.directory) : status{};
}

status file_sink::commit(epoch_id epoch, const token& staged) {
  if (!staged.bytes.empty()) {
    std::string text;
    WEIR_ASSIGN(const auto where, parse(staged, text));
    WEIR_TRY(open_file(where));
    WEIR_TRY(file_->write_at(where.begin, text));
    if (context_.durability == durability::fsync)
      WEIR_TRY(file_->sync());
  }
  last_committed_ = epoch;
  std::array<char, 32> mark{};
  std::snprintf(mark.data(), mark.size(), "%020lld\n", static_cast<long long>(epoch.value));
  return mark_->write_at(0, mark.data());
}

status file_sink::recover(std::span<const pending_commit> pending) {
  std::optional<place> first;
  std::optional<place> last;
  for (const auto& one : pending) {
    if (one.token.bytes.empty())
      continue;
    std::string text;
    WEIR_ASSIGN(auto where, parse(one.token, text));
    last = where;
    if (!first)
      first = std::move(where);
  }
  if (!first)
    return continue_newest_file();
  // Whatever stands behind the first place that is to be written again was written half.
  WEIR_ASSIGN(const auto there, context_.files->exists(open_path(first->file)));
  if (there) {
    WEIR_ASSIGN(const auto file, context_.files->open_write(open_path(first->file)));
    WEIR_ASSIGN(const auto size, file->size());
    if (size > first->begin)
      WEIR_TRY(file->truncate(first->begin));
    if (size < first->begin)
      return {errc::checkpoint_mismatch, open_path(first->file) + " has " + std::to_string(size) +
                                             " bytes, the checkpoint expects at least " + std::to_string(first->begin)};
  } else if (first->begin > 0) {
    return {errc::checkpoint_mismatch, open_path(first->file) + " is missing"};
  }
  name_ = last->file;
  length_ = last->begin + last->length;
  rows_ = last->rows;
  begun_ = context_.time->now();
  return {};
}

/// Nothing is owed: the newest file of this query goes on.
status file_sink::continue_newest_file() {
  WEIR_ASSIGN(const auto entries, context_.files->list(options_.directory));
  const auto suffix = "-" + context_.query_id.substr(0, 8) + "." + options_.kind;
  for (const auto& entry : entries) {
    auto name = entry.name;
    if (options_.visible_when_rolled && !name.starts_with("_open-"))
      continue;
    if (options_.visible_when_rolled)
      name.erase(0, 6);
    if (name.starts_with("part-") && name.ends_with(suffix) && name > name_)
      name_ = name;
  }
  if (name_.empty())
    return {};
  WEIR_ASSIGN(const auto text, context_.files->read_all(open_path(name_)));
  length_ = text.size();
  rows_ = std::ranges::count(text, '\n');
  begun_ = context_.time->now();
  return {};
}

}  // namespace weir
