#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <weir/columns/epoch.hpp>

namespace weir {

/// What becomes of a record that is not what the schema says, as in Spark's option `mode`.
enum class malformed_mode {
  permissive,     ///< fields that cannot be read are null, the others stay
  failfast,       ///< the first one is an error: invalid_row
  drop_malformed  ///< the record gives no row
};

/// How a timestamp's text is read; nothing where it is none.
using timestamp_parser = std::function<std::optional<timestamp>(std::string_view)>;

/// Longer documents (JSON) and records (CSV) are malformed. Bytes.
inline constexpr std::size_t max_record_bytes = std::size_t{16} << 20;

namespace detail {

/// The beginning of a record, for messages.
std::string excerpt(std::string_view record);

/// The record as a column of texts can hold it: what is no UTF-8 becomes U+FFFD.
std::string as_utf8(std::string_view record);

}  // namespace detail

}  // namespace weir
