#include <weir/state/discard.hpp>

#include <algorithm>

#include <spdlog/spdlog.h>

#include <weir/state/directory_checkpoint.hpp>

namespace weir {

namespace {

/// "sink a: epochs 3, 4; sink b: epoch 4".
std::string owed_text(const recovered_log& recovered) {
  std::string text;
  for (const auto& [sink, tokens] : recovered.uncommitted) {
    text += (text.empty() ? "sink " : "; sink ") + sink + (tokens.size() == 1 ? ": epoch " : ": epochs ");
    for (std::size_t i = 0; i < tokens.size(); ++i)
      text += (i > 0 ? ", " : "") + std::to_string(tokens[i].first.value);
  }
  return text.empty() ? "every sink has committed all epochs" : "still to be committed: " + text;
}

}  // namespace

result<std::string> discard_token(std::shared_ptr<storage> files, const std::string& directory, const std::string& sink,
                                  epoch_id epoch, const std::string& owner, logger_ptr log) {
  checkpoint_options options;
  options.directory = directory;
  options.owner = owner;
  directory_checkpoint left{std::move(files), std::move(options), {}, log};
  WEIR_TRY(left.open_as_left(directory_checkpoint::access::write));
  const auto& recovered = left.recovered();
  const auto what = "sink " + sink + " has nothing to commit for epoch " + std::to_string(epoch.value);
  const auto owed = recovered.uncommitted.find(sink);
  if (owed == recovered.uncommitted.end())
    return status{errc::invalid_argument, what + "; " + owed_text(recovered)};
  const auto token = std::ranges::find(owed->second, epoch, &std::pair<epoch_id, std::string>::first);
  if (token == owed->second.end())
    return status{errc::invalid_argument, what + "; " + owed_text(recovered)};
  if (token != owed->second.begin())
    return status{errc::invalid_argument,
                  "sink " + sink + " has epoch " + std::to_string(owed->second.front().first.value) +
                      " to commit before epoch " + std::to_string(epoch.value) + ": discard the older one first"};
  // A damaged file must not keep it from being discarded.
  auto bytes = left.tokens().get(sink, epoch, token->second);
  if (!bytes.ok())
    log->warn("{}", bytes.error().message());
  left.append_commit(sink, epoch);
  WEIR_TRY(left.sync());
  WEIR_TRY(left.close());
  return bytes.ok() ? std::move(*bytes) : token->second;
}

}  // namespace weir
