#include <weir/sinks/files/output_directory.hpp>

#include <array>
#include <charconv>
#include <cstdio>

namespace weir {

status output_directory::open(const sink_context& context) {
  context_ = context;
  WEIR_TRY(context_.files->create_directories(path_));
  WEIR_TRY(claim());
  return read_mark();
}

void output_directory::close() {
  mark_.reset();
  lock_.reset();
}

std::string output_directory::own_path(const char* what) const { return path("_weir-" + context_.name + "." + what); }

/// The directory is this query's: says so, or refuses one that is another's.
status output_directory::claim() {
  auto& files = *context_.files;
  // The owner's mark does not tell two sinks of one query apart: both would write the same part files.
  auto locked = files.lock(path("_weir-lock"), "sink " + context_.name + " of query " + context_.query_id);
  if (!locked.ok())
    return locked.error().code() == errc::checkpoint_in_use
               ? status{errc::invalid_argument,
                        "two sinks cannot write into one directory: " + locked.error().message()}
               : locked.error();
  lock_ = std::move(*locked);
  WEIR_ASSIGN(const auto entries, files.list(path_));
  for (const auto& entry : entries) {
    if (!entry.name.starts_with("_weir-") || !entry.name.ends_with(".owner"))
      continue;
    WEIR_ASSIGN(auto owner, files.read_all(path(entry.name)));
    while (!owner.empty() && owner.back() == '\n')
      owner.pop_back();
    if (owner == context_.query_id)
      continue;
    if (!append_to_foreign_)
      return {errc::checkpoint_mismatch, path_ + " was written by query " + owner + ", this is query " +
                                             context_.query_id +
                                             ": use another directory, that query's checkpoint, or append_to_foreign"};
    WEIR_TRY(files.remove(path(entry.name)));
  }
  WEIR_ASSIGN(const auto mine, files.exists(own_path("owner")));
  if (mine)
    return {};
  WEIR_TRY(files.remove(own_path("last")));
  return write_file_atomically(files, own_path("owner"), context_.query_id + "\n");
}

status output_directory::read_mark() {
  WEIR_ASSIGN(mark_, context_.files->open_write(own_path("last")));
  WEIR_ASSIGN(const auto text, context_.files->read_all(own_path("last")));
  std::int64_t epoch = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch);
  if (error == std::errc{} && text.size() == 21 && end == text.data() + 20)
    last_committed_ = epoch_id{epoch};
  return {};
}

status output_directory::note_commit(epoch_id epoch) {
  last_committed_ = epoch;
  std::array<char, 32> mark{};
  std::snprintf(mark.data(), mark.size(), "%020lld\n", static_cast<long long>(epoch.value));
  return mark_->write_at(0, mark.data());
}

status output_directory::make(const std::string& directory) {
  if (directory.empty() || made_.contains(directory))
    return {};
  WEIR_TRY(context_.files->create_directories(path(directory)));
  // Each on the way may be new.
  for (auto above = directory; !above.empty();) {
    const auto slash = above.rfind('/');
    above.resize(slash == std::string::npos ? 0 : slash);
    WEIR_TRY(sync_names(above));
  }
  made_.insert(directory);
  return {};
}

status output_directory::sync_names(const std::string& directory) {
  return syncs() ? context_.files->sync_directory(directory.empty() ? path_ : path(directory)) : status{};
}

}  // namespace weir
