#pragma once

#include <chrono>
#include <memory>
#include <random>
#include <string>

#include <boost/describe.hpp>

#include <weir/sources/typed_source.hpp>

namespace weir::sources {

/// A row of random_alpha.
struct random_alpha_row {
  weir::timestamp timestamp;  ///< when it was made
  std::string value;          ///< one random alphanumeric character
};
BOOST_DESCRIBE_STRUCT(random_alpha_row, (), (timestamp, value))

/// The worked example of a custom source: a random alphanumeric character about every `interval`, made by a thread
/// of its own. All that offsets, back-pressure, spool and commits need is in the base.
struct random_alpha {
  using row_type = random_alpha_row;

  std::chrono::microseconds interval = std::chrono::milliseconds{2};

  result<std::unique_ptr<source>> open() const;
  std::string kind() const { return "random_alpha"; }
  schema output_schema() const { return row_schema<random_alpha_row>(); }
};

}  // namespace weir::sources
