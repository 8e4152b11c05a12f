#pragma once

#include <memory>

#include <weir/sources/buffered/line_cutter.hpp>
#include <weir/sources/files/format.hpp>

namespace weir {

/// Lines, as rows of value utf8; positions are bytes.
std::unique_ptr<file_format> make_line_format(line_cutter::options lines);

}  // namespace weir
