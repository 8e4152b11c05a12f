#pragma once

// What the actors of a CAF application exchange with queries through sources::actor and sinks::actor. Messages stay
// inside the process and are not serialized.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <weir/actors/caf.hpp>
#include <weir/columns/batch.hpp>
#include <weir/columns/epoch.hpp>
#include <weir/columns/row_codec.hpp>

namespace weir {

// application -> address of an actor_input

/// Rows for the query, answered by input_taken once the query has room for all of them. That is the credit: an actor
/// that sends the next rows when the last were answered feels the query's speed, and nothing piles up.
struct input_rows {
  std::shared_ptr<arrow::RecordBatch> rows;

  /// Rows of T's.
  ///
  ///     self->request(lines.address(), caf::infinite, weir::input_rows::of<std::string>(read)).then(...)
  template <class T>
  static input_rows of(std::span<const T> values) {
    row_writer<T> writer;
    for (const auto& value : values)
      writer.append(value);
    return {writer.finish().arrow()};
  }
  template <class T>
  static input_rows of(const std::vector<T>& values) {
    return of(std::span{values});
  }
};

/// The sender has no more rows, and may end as it likes. Answered by input_taken. An actor that quits normally need not
/// send it; one that ends otherwise, and had sent rows, ends the query with an error.
struct input_end {};

// address of an actor_input -> application

/// So many of the rows are in the query: spooled when it has a checkpoint, and processed by a drain that begins later.
/// Fewer than were sent: `outcome` says why. It is stopped when the query takes no more, type_mismatch when the rows
/// do not have its columns.
struct input_taken {
  std::int64_t rows = 0;
  status outcome;
};

// sinks::actor -> application

/// The rows of an epoch, which is durable when the query is; none for an epoch without. The receiver answers with
/// output_taken, and that is the commit: until then the query runs a few epochs ahead, two once it is behind. After a
/// crash the last epochs come again, with the same ids and rows.
struct output_rows {
  std::string query_id;
  epoch_id epoch;
  std::vector<batch> rows;

  /// The rows as T's. Errors: unknown_column or type_mismatch where they do not fit. T must own its data.
  template <class T>
  result<std::vector<T>> as() const {
    static_assert(owns_its_data<T>, "weir: rows that leave their batch must own their data: no std::string_view");
    std::vector<T> made;
    for (const auto& one : rows) {
      WEIR_ASSIGN(const auto columns, schema_of(one));
      WEIR_TRY(check_row_type<T>(columns));
      const row_reader<T> reader{one};
      for (std::int64_t i = 0; i < reader.size(); ++i)
        made.push_back(reader.read(i));
    }
    return made;
  }

private:
  static result<schema> schema_of(const batch& rows);
};

// application -> sinks::actor

/// The epoch was taken; or, when `outcome` is an error, was not, which ends the query with it.
struct output_taken {
  status outcome = {};
};

}  // namespace weir

#if !WEIR_CAF_1
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::input_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::input_end)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::input_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::output_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::output_taken)
#endif
