#include <weir/operators/error_policy.hpp>

#include <optional>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include <boost/describe.hpp>

#include <weir/columns/row_codec.hpp>
#include <weir/columns/text.hpp>

namespace weir {

namespace {

/// The row as the source gave it: the bytes of its only text column, else the row as JSON.
std::string raw_row(const arrow::RecordBatch& rows, std::int64_t index) {
  if (rows.num_columns() >= 1 && rows.column(0)->type_id() == arrow::Type::STRING)
    return std::string{static_cast<const arrow::StringArray&>(*rows.column(0)).GetView(index)};
  return json_row(rows, index);
}

}  // namespace

const schema& dead_letter_schema() {
  static const auto columns = row_schema<dead_letter_row>();
  return columns;
}

status row_errors::refuse(const batch& rows, std::int64_t index, const status& cause) {
  if (policy_ == error_policy::skip) {
    ++skipped_;
    return {};
  }
  letter one;
  one.row = json_row(*rows.arrow(), index);
  one.error = cause.message();
  if (const auto& origin = rows.origin()) {
    one.has_origin = true;
    one.source = origin->source;
    one.offset = origin->offset_of(index);
    one.raw = raw_row(*origin->rows, index);
  }
  if (policy_ == error_policy::dead_letter) {
    letters_.push_back(std::move(one));
    return {};
  }
  error_info info;
  info.code = cause.code();
  info.message = cause.message() + "; row " + (one.has_origin ? "'" + one.raw + "' of " + one.source : one.row);
  info.offset = one.offset;
  return status{std::move(info)};
}

void row_errors::flush(collector& out) {
  if (letters_.empty())
    return;
  row_writer<dead_letter_row> writer;
  for (auto& one : letters_) {
    dead_letter_row row;
    row.row = std::move(one.row);
    row.step = step_;
    row.error = std::move(one.error);
    if (one.has_origin) {
      row.source = std::move(one.source);
      row.offset = std::move(one.offset);
      row.raw = std::move(one.raw);
    }
    writer.append(row);
  }
  dead_lettered_ += static_cast<std::int64_t>(letters_.size());
  letters_.clear();
  out.emit(writer.finish(), 1);
}

}  // namespace weir
