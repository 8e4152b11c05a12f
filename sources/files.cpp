#include <weir/sources/files.hpp>

#include <weir/sources/buffered_source.hpp>
#include <weir/sources/files/file_source.hpp>
#include <weir/sources/files/line_format.hpp>

namespace weir::sources {

status files::check() const {
  WEIR_TRY(file_settings::of(*this).check());
  WEIR_TRY(check_positive("files", "max_line_bytes", max_line_bytes));
  if (max_line_bytes > std::int64_t{1} << 30)
    return {errc::invalid_argument,
            "files: option max_line_bytes is " + std::to_string(max_line_bytes) + "; at most 1073741824 is possible"};
  return {};
}

result<std::unique_ptr<source>> files::open() const {
  WEIR_TRY(check());
  return std::unique_ptr<source>{
      std::make_unique<file_source>(file_settings::of(*this), make_line_format({max_line_bytes, invalid_utf8, false}))};
}

}  // namespace weir::sources
