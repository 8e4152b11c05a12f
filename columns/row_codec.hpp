#pragma once

#include <weir/columns/batch.hpp>
#include <weir/columns/column_reader.hpp>
#include <weir/columns/column_writer.hpp>

namespace arrow {
class Schema;
}

namespace weir {

namespace detail {

batch make_batch(const std::shared_ptr<arrow::Schema>& type, std::size_t rows,
                 std::vector<std::shared_ptr<arrow::ArrayData>> columns, std::shared_ptr<const batch_origin> origin);
status check_columns(const schema& expected, const schema& actual);
/// The columns of `rows` called `names`; a single "value" also takes the only column of any name.
std::vector<column_view> bind_columns(const batch& rows, const std::vector<std::string_view>& names);

template <class T>
struct row_loader {
  using type = column_loader<T>;
};
template <described T>
struct row_loader<T> {
  using type = member_loaders<T>;
};

template <class T>
const std::shared_ptr<arrow::Schema>& arrow_schema_of() {
  static const auto type = row_schema<T>().to_arrow();
  return type;
}

}  // namespace detail

/// Makes batches of T's: one column a member, or "value". See column_writer for errors.
///
///     weir::row_writer<transaction> rows;
///     rows.append({"a", 1.5, false});
///     weir::batch made = rows.finish();
template <class T>
class row_writer {
  static_assert(sizeof(detail::require_row<T>) > 0);

public:
  void append(const T& value) {
    try {
      store_.append(value);
    } catch (...) {
      store_.truncate(rows_);
      throw;
    }
    ++rows_;
  }
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(rows_); }
  /// Bytes of the rows so far.
  std::int64_t bytes() const noexcept { return static_cast<std::int64_t>(store_.bytes()); }
  void reserve(std::int64_t rows) { store_.reserve(static_cast<std::size_t>(rows)); }
  /// The rows so far as a batch; the writer is empty again and keeps no reference.
  batch finish(std::shared_ptr<const batch_origin> origin = {}) {
    const auto rows = std::exchange(rows_, 0);
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    if constexpr (detail::described<T>)
      columns = store_.finish_members();
    else
      columns.push_back(store_.finish());
    return detail::make_batch(detail::arrow_schema_of<T>(), rows, std::move(columns), std::move(origin));
  }

private:
  detail::column_store<T> store_;
  std::size_t rows_ = 0;
};

/// Reads a batch's rows as T's; columns are bound by name, others are ignored. check_row_type<T> must
/// have accepted the batch's schema. Keeps the batch; what is read may view it.
///
///     weir::row_reader<transaction> rows{batch};
///     transaction t;
///     for (std::int64_t i = 0; i < rows.size(); ++i) rows.read(i, t);
template <class T>
class row_reader {
  static_assert(sizeof(detail::require_row<T>) > 0);

public:
  explicit row_reader(const batch& rows) : rows_{rows}, loader_{bind(rows)} {}

  std::int64_t size() const noexcept { return rows_.num_rows(); }
  T read(std::int64_t index) const {
    T out{};
    loader_.read(index, out);
    return out;
  }
  /// Reads into an object that exists: strings and vectors keep their capacity.
  void read(std::int64_t index, T& out) const { loader_.read(index, out); }

private:
  using loader = typename detail::row_loader<T>::type;

  static loader bind(const batch& rows) {
    if constexpr (detail::described<T>)
      return loader{detail::bind_columns(rows, detail::member_names<T>())};
    else
      return loader{detail::bind_columns(rows, {"value"}).front()};
  }

  batch rows_;
  loader loader_;
};

/// Whether rows of `columns` can be read as T's. Errors name column, expected and actual: unknown_column
/// for one that is missing; type_mismatch for another type, or a nullable column and a member that is no
/// std::optional. Further columns are fine; binary columns may be read as strings, and columns of a narrower type as a
/// wider one that loses nothing (see widens_to): an int32 column as std::int64_t.
template <class T>
status check_row_type(const schema& columns) {
  static const auto expected = row_schema<T>();
  return detail::check_columns(expected, columns);
}

}  // namespace weir
