#pragma once

#include <memory>
#include <string>

#include <weir/columns/logging.hpp>
#include <weir/state/epoch_log.hpp>

namespace weir {

/// Notes durably that `sink` has committed `epoch`, without calling the sink, and gives the token that is thereby
/// dropped: the way out when a sink goes while it has epochs to commit. The checkpoint is locked meanwhile as `owner`.
/// Errors: checkpoint_in_use naming the holder; invalid_argument when the sink has nothing to commit for this epoch, or
/// an older epoch too (a commit note covers all epochs before it); those of checkpoint::open().
result<std::string> discard_token(std::shared_ptr<storage> files, const std::string& directory, const std::string& sink,
                                  epoch_id epoch, const std::string& owner, logger_ptr log);

}  // namespace weir
