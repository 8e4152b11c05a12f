#pragma once

#include <cstdint>
#include <functional>

namespace arrow {
class RecordBatch;
}

namespace weir {

/// Row of a batch of lines -> the byte where its line begins, where the batch's lines are bytes [begin, end) of a file.
/// Exact while every line ends alike, else the batch's begin.
std::function<std::int64_t(std::int64_t)> line_begins(const arrow::RecordBatch& rows, std::int64_t begin,
                                                      std::int64_t end);

}  // namespace weir
