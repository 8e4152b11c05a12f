#pragma once

#include <memory>
#include <optional>
#include <string>

#include <weir/actors/running_query.hpp>
#include <weir/stream/query_manager.hpp>
#include <weir/stream/streaming_query.hpp>

namespace weir {

struct streaming_query::core {
  std::shared_ptr<running_query> run;
  std::weak_ptr<query_manager> manager;
};

}  // namespace weir
