#include <weir/state/token_files.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include <weir/columns/hash.hpp>

namespace weir {

namespace {

constexpr std::string_view mark = "weir-token-file:";

std::string file_name(epoch_id epoch) { return std::to_string(epoch.value) + ".arrow"; }

/// The number before the next ':', which is taken too.
std::optional<std::uint64_t> take_number(std::string_view& text, int base) {
  const auto part = text.substr(0, text.find(':'));
  std::uint64_t number = 0;
  const auto* const last = part.data() + part.size();
  if (const auto [end, error] = std::from_chars(part.data(), last, number, base); error != std::errc{} || end != last)
    return std::nullopt;
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return number;
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return {digits.data(), end};
}

/// A name as one part of a path: characters that could mean more are written as "%2f".
std::string path_part(const std::string& name) {
  std::string part;
  for (const auto c : name) {
    const auto plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       c == '-' || (c == '.' && !part.empty());
    const auto code = static_cast<unsigned char>(c);
    part += plain ? std::string{c} : (code < 16 ? "%0" : "%") + hexadecimal(code);
  }
  return part;
}

}  // namespace

token_files::token_files(std::shared_ptr<storage> files, std::string checkpoint_directory, bool sync)
    : files_{std::move(files)}, root_{std::move(checkpoint_directory) + "/sinks"}, sync_{sync} {}

std::string token_files::directory(const std::string& sink) const { return root_ + "/" + path_part(sink); }

std::string token_files::path(const std::string& sink, epoch_id epoch) const {
  return directory(sink) + "/" + file_name(epoch);
}

std::optional<token_reference> token_files::reference(std::string_view recorded) {
  if (!recorded.starts_with(mark))
    return std::nullopt;
  recorded.remove_prefix(mark.size());
  token_reference made;
  made.name = recorded.substr(0, recorded.find(':'));
  recorded.remove_prefix(std::min(recorded.size(), made.name.size() + 1));
  const auto bytes = take_number(recorded, 10);
  const auto checksum = take_number(recorded, 16);
  made.bytes = bytes.value_or(0);
  made.checksum = checksum.value_or(0);
  return made;
}

bool token_files::wants(std::string_view token, std::uint64_t most) {
  return token.size() > most || token.starts_with(mark);  // in the log that would be taken for a reference
}

result<std::string> token_files::put(const std::string& sink, epoch_id epoch, std::string_view token) {
  const auto [known, fresh] = kept_.try_emplace(sink);
  if (fresh)
    WEIR_TRY(files_->create_directories(directory(sink)));
  known->second.insert(epoch);
  {
    // No temporary name: nobody looks for the file before the record that has its checksum is durable.
    WEIR_ASSIGN(const auto file, files_->open_write(path(sink, epoch)));
    WEIR_TRY(file->truncate(0));
    WEIR_TRY(file->write_at(0, token));
    if (sync_)
      WEIR_TRY(file->sync());
  }
  if (sync_)
    WEIR_TRY(files_->sync_directory(directory(sink)));
  return std::string{mark} + file_name(epoch) + ":" + std::to_string(token.size()) + ":" +
         hexadecimal(hash_bytes(token));
}

result<std::string> token_files::get(const std::string& sink, epoch_id epoch, const std::string& recorded) const {
  const auto refers = reference(recorded);
  if (!refers)
    return recorded;
  const auto file = path(sink, epoch);
  const auto corrupt = [&](const std::string& what) {
    return status{errc::corrupt_checkpoint, file + " " + what + ": it holds what sink " + sink +
                                                " still has to commit for epoch " + std::to_string(epoch.value)};
  };
  WEIR_ASSIGN(const auto there, files_->exists(file));
  if (!there || refers->name != file_name(epoch))
    return corrupt("is missing");
  WEIR_ASSIGN(auto bytes, files_->read_all(file));
  if (bytes.size() != refers->bytes)
    return corrupt("has " + std::to_string(bytes.size()) + " bytes instead of " + std::to_string(refers->bytes));
  if (hash_bytes(bytes) != refers->checksum)
    return corrupt("fails its checksum");
  return bytes;
}

status token_files::recover(const recovered_log& recovered) {
  std::map<std::string, std::set<std::string>> wanted;  // by directory
  kept_.clear();
  for (const auto& [sink, tokens] : recovered.uncommitted)
    for (const auto& [epoch, recorded] : tokens)
      if (reference(recorded)) {
        kept_[sink].insert(epoch);
        wanted[directory(sink)].insert(file_name(epoch));
      }
  WEIR_ASSIGN(const auto there, files_->exists(root_));
  if (!there)
    return {};
  WEIR_ASSIGN(const auto sinks, files_->list(root_));
  for (const auto& sink : sinks) {
    if (!sink.directory)
      continue;
    const auto below = root_ + "/" + sink.name;
    WEIR_ASSIGN(const auto entries, files_->list(below));
    for (const auto& entry : entries)
      if (!entry.directory && entry.name.ends_with(".arrow") && !wanted[below].contains(entry.name))
        WEIR_TRY(files_->remove(below + "/" + entry.name));
  }
  return {};
}

void token_files::committed(const std::string& sink, epoch_id epoch) {
  const auto known = kept_.find(sink);
  if (known == kept_.end())
    return;
  auto& epochs = known->second;
  while (!epochs.empty() && *epochs.begin() <= epoch) {
    (void)files_->remove(path(sink, *epochs.begin()));
    epochs.erase(epochs.begin());
  }
}

}  // namespace weir
