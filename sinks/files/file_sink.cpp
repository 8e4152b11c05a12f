#include <weir/sinks/files/file_sink.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include <boost/json.hpp>

namespace weir {
namespace {

/// Files of an epoch may be many; more are opened again for each.
constexpr std::size_t most_open_files = 64;

}  // namespace

file_sink::file_sink(options settings, std::unique_ptr<row_formatter> format)
    : options_{std::move(settings)}, format_{std::move(format)}, out_{options_.directory, options_.append_to_foreign},
      partitions_{options_.partition_by} {}

std::string part_name(epoch_id epoch, const std::string& query_id) {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "part-%010lld-%.8s", static_cast<long long>(epoch.value), query_id.c_str());
  return name.data();
}

status check_file_columns(const schema& columns, bool nested, const std::string& format) {
  std::set<std::string> names;
  for (const auto& one : columns.fields()) {
    if (!names.insert(one.name).second)
      return {errc::invalid_argument, format + ": two columns are called '" + one.name + "'"};
    if (!nested && !one.type.children().empty())
      return {errc::unsupported, format + " cannot hold column '" + one.name + "', which is " + one.type.to_string()};
  }
  return {};
}

status file_sink::accepts(const schema& columns) const {
  WEIR_TRY(check_file_columns(columns, options_.nested_columns, options_.kind));
  return partitions_.check(columns);
}

std::string file_sink::open_path(const std::string& directory, const std::string& name) const {
  return out_.path(directory, options_.visible_when_rolled ? "_open-" + name : name);
}

status file_sink::start(const sink_context& context) {
  context_ = context;
  return out_.open(context);
}

status file_sink::stage(epoch_id epoch, const batch& rows) {
  WEIR_ASSIGN(const auto parts, partitions_.split(rows));
  for (const auto& part : parts) {
    auto& staged = staged_[epoch][part.directory];
    format_->bind(part.rows);
    for (std::int64_t row = 0; row < part.rows.num_rows(); ++row)
      format_->append(row, staged.text);
    staged.rows += part.rows.num_rows();
  }
  return {};
}

bool file_sink::roll_due(const growing_file& file) const {
  return file.name.empty() || (options_.roll_rows && file.rows >= *options_.roll_rows) ||
         (options_.roll_bytes && file.length >= static_cast<std::uint64_t>(*options_.roll_bytes)) ||
         (options_.roll_every && context_.time->now() - file.begun >= *options_.roll_every);
}

result<token> file_sink::prepare(epoch_id epoch) {
  auto staged = std::move(staged_[epoch]);
  staged_.erase(epoch);
  boost::json::array where;
  std::string texts;
  for (auto& [directory, part] : staged) {
    if (part.text.empty())
      continue;
    if (!growing_.contains(directory)) {
      WEIR_ASSIGN(growing_[directory], newest_file(directory));
    }
    auto& file = growing_[directory];
    boost::json::object one;
    if (!directory.empty())
      one["directory"] = directory;
    if (roll_due(file)) {
      one["close"] = file.name;
      file = {part_name(epoch, context_.query_id) + "." + options_.kind, 0, 0, context_.time->now()};
      part.text.insert(0, format_->header(partitions_.in_files(context_.columns)));
    }
    one["file"] = file.name;
    one["begin"] = file.length;
    one["length"] = part.text.size();
    one["rows"] = part.rows;
    file.length += part.text.size();
    file.rows += part.rows;
    where.push_back(std::move(one));
    texts += part.text;
  }
  return where.empty() ? token{} : token{boost::json::serialize(where) + "\n" + texts};
}

result<file_sink::places> file_sink::parse(const token& staged) {
  const auto line = staged.bytes.find('\n');
  boost::system::error_code error;
  const auto value = boost::json::parse(staged.bytes.substr(0, line), error);
  const auto bad = status{errc::corrupt_checkpoint, "the token of a file sink cannot be read"};
  if (error || !value.is_array() || line == std::string::npos)
    return bad;
  try {
    places all;
    auto texts = std::string_view{staged.bytes}.substr(line + 1);
    for (const auto& one : value.as_array()) {
      const auto& object = one.as_object();
      const auto text_at = [&](const char* name) {
        const auto* text = object.if_contains(name);
        return text == nullptr ? std::string{} : std::string{text->as_string()};
      };
      place where{text_at("directory"), text_at("file"), text_at("close"), 0, 0, 0};
      where.begin = object.at("begin").to_number<std::uint64_t>();
      where.length = object.at("length").to_number<std::uint64_t>();
      where.rows = object.at("rows").to_number<std::int64_t>();
      if (where.file.empty() || texts.size() < where.length)
        return bad;
      const auto text = texts.substr(0, where.length);
      texts.remove_prefix(where.length);
      all.emplace_back(std::move(where), text);
    }
    if (!texts.empty())
      return bad;
    return all;
  } catch (const std::exception&) {
    return bad;
  }
}

result<writable_file*> file_sink::open_file(const place& where) {
  const auto path = open_path(where.directory, where.file);
  if (const auto known = files_.find(path); known != files_.end())
    return known->second.get();
  WEIR_TRY(out_.make(where.directory));
  if (!where.close.empty()) {
    const auto closed = open_path(where.directory, where.close);
    files_.erase(closed);
    WEIR_ASSIGN(const auto there, context_.files->exists(closed));
    if (options_.visible_when_rolled && there)
      WEIR_TRY(context_.files->rename(closed, out_.path(where.directory, where.close)));
  }
  if (files_.size() >= most_open_files)
    files_.clear();
  WEIR_ASSIGN(auto file, context_.files->open_write(path));
  WEIR_TRY(out_.sync_names(where.directory));
  return (files_[path] = std::move(file)).get();
}

status file_sink::commit(epoch_id epoch, const token& staged) {
  if (!staged.bytes.empty()) {
    WEIR_ASSIGN(const auto all, parse(staged));
    for (const auto& [where, text] : all) {
      WEIR_ASSIGN(auto* const file, open_file(where));
      WEIR_TRY(file->write_at(where.begin, text));
      if (out_.syncs())
        WEIR_TRY(file->sync());
    }
  }
  return out_.note_commit(epoch);
}

status file_sink::recover(std::span<const pending_commit> pending) {
  std::set<std::string> checked;
  for (const auto& one : pending) {
    if (one.token.bytes.empty())
      continue;
    WEIR_ASSIGN(const auto all, parse(one.token));
    for (const auto& [where, text] : all) {
      growing_[where.directory] = {where.file, where.begin + where.length, where.rows, context_.time->now()};
      const auto path = open_path(where.directory, where.file);
      if (!checked.insert(path).second)
        continue;
      // Whatever stands behind the first place that is to be written again was written half.
      WEIR_ASSIGN(const auto there, context_.files->exists(path));
      if (!there && where.begin > 0)
        return {errc::checkpoint_mismatch, path + " is missing"};
      if (!there)
        continue;
      WEIR_ASSIGN(const auto file, context_.files->open_write(path));
      WEIR_ASSIGN(const auto size, file->size());
      if (size > where.begin)
        WEIR_TRY(file->truncate(where.begin));
      if (size < where.begin)
        return {errc::checkpoint_mismatch, path + " has " + std::to_string(size) +
                                               " bytes, the checkpoint expects at least " +
                                               std::to_string(where.begin)};
    }
  }
  return {};
}

/// Where nothing is owed, the newest file of this query goes on.
result<file_sink::growing_file> file_sink::newest_file(const std::string& directory) const {
  growing_file newest;
  const auto path = directory.empty() ? out_.path() : out_.path(directory);
  WEIR_ASSIGN(const auto there, context_.files->exists(path));
  if (!there)
    return newest;
  WEIR_ASSIGN(const auto entries, context_.files->list(path));
  const auto suffix = "-" + context_.query_id.substr(0, 8) + "." + options_.kind;
  for (const auto& entry : entries) {
    auto name = entry.name;
    if (options_.visible_when_rolled && !name.starts_with("_open-"))
      continue;
    if (options_.visible_when_rolled)
      name.erase(0, 6);
    if (name.starts_with("part-") && name.ends_with(suffix) && name > newest.name)
      newest.name = name;
  }
  if (newest.name.empty())
    return newest;
  WEIR_ASSIGN(const auto text, context_.files->read_all(open_path(directory, newest.name)));
  newest.length = text.size();
  newest.rows = std::ranges::count(text, '\n');
  newest.begun = context_.time->now();
  return newest;
}

}  // namespace weir
