#pragma once

#include <compare>
#include <limits>
#include <ostream>

#include <arrow/api.h>

#include "random_pipeline.hpp"

namespace weir_test {

/// A row that a pipeline gave, as text; apart from the rest what says which earlier row of update mode it replaces.
struct given_row {
  std::string key;
  std::int64_t start = 0, end = 0;  ///< of its window, or its time; microseconds
  std::string values;
  friend auto operator<=>(const given_row&, const given_row&) = default;
};
inline std::ostream& operator<<(std::ostream& out, const given_row& row) {
  return out << row.key << "[" << row.start << ".." << row.end << ") " << row.values;
}

/// Start and end of the group of rows whose time key is null: no time, and due as the Unix epoch is.
inline constexpr std::int64_t no_time = -1;

/// Row by row what a pipeline gives, epoch by epoch.
class pipeline_model {
public:
  explicit pipeline_model(const random_pipeline& of) : of_{of} {}

  struct epoch_result {
    std::vector<given_row> rows;
    std::vector<std::int64_t> late;  ///< ids
  };

  epoch_result run(const std::vector<random_row>& rows, std::int64_t late, std::int64_t evict, bool first) {
    epoch_result given;
    late_ = of_.evicts ? late : std::numeric_limits<std::int64_t>::min();
    for (const auto& one : rows) {
      auto row = cells_of(one);
      if (!applied(of_.before, row))
        continue;
      if (of_.watermarked)
        largest_ = std::max(largest_, random_terms::cell_of<std::int64_t>(row, "time").value_or(0));
      if (applied(of_.after, row))
        add(row, given);
    }
    if (of_.by == grouping::rows)
      return given;
    // Without keys there is a result from the start, and in each epoch.
    const auto always = of_.by == grouping::keys && of_.keys.empty();
    if (always && groups_.empty() && (first || !rows.empty()))
      groups_.push_back({});
    for (auto& one : groups_) {
      const auto due = of_.evicts && one.end <= evict;
      const auto wanted = of_.mode == weir::output_mode::append   ? due
                          : of_.mode == weir::output_mode::update ? one.touched || always
                                                                  : true;
      if (wanted)
        given.rows.push_back(print(one));
      one.touched = false;
    }
    if (of_.evicts)
      std::erase_if(groups_, [&](const group& one) { return one.end <= evict; });
    if (of_.then_size > 0)
      given.rows = counted(given.rows, evict);
    return given;
  }

  /// An epoch without rows would do something at this watermark. In update mode that is to forget rows, and one that
  /// belongs to several windows stays until the last of them has passed.
  bool due(std::int64_t evict) const {
    const auto last = [&](const cells& row, const group& of) {
      const auto time = random_terms::cell_of<std::int64_t>(row, "time").value_or(0);
      return of_.by != grouping::sliding || time - random_terms::wrapped(time - of_.start, of_.slide) == of.start;
    };
    if (std::ranges::any_of(counts_, [&](const auto& one) { return one.first + of_.then_size <= evict; }))
      return true;
    return of_.evicts && std::ranges::any_of(groups_, [&](const group& one) {
             return one.end <= evict &&
                    (of_.mode == weir::output_mode::append ||
                     std::ranges::any_of(one.rows, [&](const cells& row) { return last(row, one); }));
           });
  }
  /// The watermark that the rows so far make, of what reaches it as the steps are written.
  std::int64_t watermark() const {
    const auto delay = std::chrono::microseconds{of_.delay}.count();
    return of_.watermarked ? std::max(std::int64_t{0}, random_terms::floor_of(largest_ - delay, 1000) * 1000) : 0;
  }
  /// Rows that were late for some of their windows and counted in others.
  int partly_late() const { return partly_late_; }

private:
  struct group {
    std::string key;
    std::int64_t start = 0, end = 0;
    std::vector<cells> rows;
    bool touched = false;
  };

  static bool applied(const std::vector<random_step>& steps, cells& row) {
    return std::ranges::all_of(steps, [&](const random_step& step) { return step.apply(row); });
  }

  void add(const cells& row, epoch_result& given) {
    std::string key;
    for (const auto& one : of_.keys)
      key += text_of(one.value(row)) + "|";
    const auto time = random_terms::cell_of<std::int64_t>(row, "time");
    const auto drop = [&] { given.late.push_back(std::get<std::int64_t>(row.at("id"))); };
    switch (of_.by) {
    case grouping::rows: {
      given_row passed;
      for (const auto& [name, value] : row)
        passed.values += text_of(value) + "|";
      given.rows.push_back(std::move(passed));
      return;
    }
    case grouping::keys: add_to(key, 0, 0, row); return;
    case grouping::time:
      if (time.value_or(0) <= late_)
        drop();
      else
        add_to(key, time.value_or(no_time), time.value_or(0), row);
      return;
    case grouping::tumbling:
    case grouping::sliding: {
      if (!time)
        return;
      auto counted = 0, late = 0;
      for (auto start = *time - random_terms::wrapped(*time - of_.start, of_.slide); start + of_.size > *time;
           start -= of_.slide) {
        if (start + of_.size <= late_) {
          ++late;
          continue;
        }
        ++counted;
        add_to(key, start, start + of_.size, row);
      }
      partly_late_ += counted > 0 && late > 0 ? 1 : 0;
      if (counted == 0 && late > 0)
        drop();
      return;
    }
    case grouping::session: {
      const auto gap = of_.gap(row);
      if (!time || !gap || *gap <= 0)
        return;
      if (*time + *gap <= late_)
        drop();
      else
        add_session(key, *time, *time + *gap, row);
      return;
    }
    }
  }
  void add_to(const std::string& key, std::int64_t start, std::int64_t end, const cells& row) {
    auto found = std::ranges::find_if(groups_, [&](const group& one) { return one.key == key && one.start == start; });
    if (found == groups_.end())
      found = groups_.insert(groups_.end(), group{key, start, end, {}, false});
    found->rows.push_back(row);
    found->touched = true;
  }
  void add_session(const std::string& key, std::int64_t start, std::int64_t end, const cells& row) {
    group joined{key, start, end, {}, true};
    const auto touches = [&](const group& one) { return one.key == key && one.start <= end && start <= one.end; };
    for (auto& one : groups_)
      if (touches(one)) {
        joined.start = std::min(joined.start, one.start);
        joined.end = std::max(joined.end, one.end);
        joined.rows.insert(joined.rows.end(), one.rows.begin(), one.rows.end());
      }
    std::erase_if(groups_, touches);
    joined.rows.push_back(row);
    groups_.push_back(std::move(joined));
  }

  /// What counting results by their windows' times gives.
  std::vector<given_row> counted(const std::vector<given_row>& results, std::int64_t evict) {
    for (const auto& one : results)
      ++counts_[one.end - 1 - random_terms::wrapped(one.end - 1, of_.then_size)];
    std::vector<given_row> given;
    for (const auto& [start, count] : counts_)
      if (start + of_.then_size <= evict)
        given.push_back({{}, start, start + of_.then_size, std::to_string(count) + "|"});
    std::erase_if(counts_, [&](const auto& one) { return one.first + of_.then_size <= evict; });
    return given;
  }

  given_row print(const group& of) const {
    given_row made{of.key, of.start, of.end, {}};
    for (const auto& one : of_.aggregates)
      made.values += one.value(of.rows) + "|";
    return made;
  }

  const random_pipeline& of_;
  std::vector<group> groups_;
  std::map<std::int64_t, std::int64_t> counts_;  ///< of results, by their windows' start
  std::int64_t late_ = 0;
  std::int64_t largest_ = 0;
  int partly_late_ = 0;
};

/// The rows of batches in the model's form, in order of text.
class given_rows {
public:
  explicit given_rows(const random_pipeline& of) : of_{of} {}

  std::vector<given_row> operator()(const std::vector<weir::batch>& batches) const {
    std::vector<given_row> all;
    for (const auto& one : batches)
      for (std::int64_t row = 0; row < one.num_rows(); ++row)
        all.push_back(of_.by == grouping::rows ? plain(*one.arrow(), row) : read(*one.arrow(), row));
    std::ranges::sort(all);
    return all;
  }

private:
  static std::int64_t time_at(const arrow::Array& times, std::int64_t row) {
    return static_cast<const arrow::TimestampArray&>(times).Value(row);
  }
  static std::string text_at(const arrow::Array& column, std::int64_t row) {
    if (column.IsNull(row))
      return "null";
    switch (column.type_id()) {
    case arrow::Type::INT64: return std::to_string(static_cast<const arrow::Int64Array&>(column).Value(row));
    case arrow::Type::TIMESTAMP: return std::to_string(time_at(column, row));
    case arrow::Type::DOUBLE: {
      std::string text;
      weir::append_number(static_cast<const arrow::DoubleArray&>(column).Value(row), text);
      return text;
    }
    case arrow::Type::STRING: return "'" + static_cast<const arrow::StringArray&>(column).GetString(row) + "'";
    case arrow::Type::LIST: {
      const auto values = static_cast<const arrow::ListArray&>(column).value_slice(row);
      std::multiset<std::int64_t> sorted;
      for (std::int64_t i = 0; i < values->length(); ++i)
        sorted.insert(static_cast<const arrow::Int64Array&>(*values).Value(i));
      std::string text;
      for (const auto one : sorted)
        text += std::to_string(one) + " ";
      return "[" + text + "]";
    }
    default: FAIL("a column of " << column.type()->ToString()); return {};
    }
  }

  static given_row plain(const arrow::RecordBatch& rows, std::int64_t row) {
    std::map<std::string, std::string> by_name;
    for (int i = 0; i < rows.num_columns(); ++i)
      by_name[rows.column_name(i)] = text_at(*rows.column(i), row);
    given_row made;
    for (const auto& [name, text] : by_name)
      made.values += text + "|";
    return made;
  }
  given_row read(const arrow::RecordBatch& rows, std::int64_t row) const {
    given_row made;
    const auto counts = of_.then_size > 0;
    const auto keys = counts ? 1 : of_.keys.size() + (of_.window ? 1 : 0);
    for (std::size_t i = 0; i < static_cast<std::size_t>(rows.num_columns()); ++i) {
      const auto& column = *rows.column(static_cast<int>(i));
      if (i >= keys) {
        made.values += text_at(column, row) + "|";
      } else if (!counts && (!of_.window || i != of_.window_position)) {
        made.key += text_at(column, row) + "|";
      } else if (of_.by == grouping::time) {
        made.start = column.IsNull(row) ? no_time : time_at(column, row);
        made.end = column.IsNull(row) ? 0 : made.start;
      } else {
        const auto& window = static_cast<const arrow::StructArray&>(column);
        made.start = time_at(*window.field(0), row);
        made.end = time_at(*window.field(1), row);
      }
    }
    return made;
  }

  const random_pipeline& of_;
};

}  // namespace weir_test
