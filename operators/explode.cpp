#include <weir/operators/explode.hpp>

#include <algorithm>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>

#include <weir/expressions/explode.hpp>
#include <weir/operators/column_lookup.hpp>

namespace weir {

namespace {

constexpr std::int64_t emit_rows = 8 * 1024;
/// Of the repeated columns of a batch: a text of a megabyte with a thousand elements must not become a gigabyte.
constexpr std::int64_t emit_bytes = 64LL * 1024 * 1024;

/// How many of the rows from `begin` on make a batch, where row i repeats row rows[i] of `repeated`.
class pieces {
public:
  pieces(const batch& repeated, const std::vector<std::int64_t>& rows) : repeated_{repeated}, rows_{rows} {
    std::int64_t longest = 0, run = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      run = i > 0 && rows[i] == rows[i - 1] ? run + 1 : 1;
      longest = std::max(longest, run);
    }
    small_ = repeated.num_bytes() <= emit_bytes / std::max<std::int64_t>(1, longest);
  }

  std::size_t length(std::size_t begin) {
    const auto most = std::min(rows_.size() - begin, static_cast<std::size_t>(emit_rows));
    if (small_)
      return most;
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < most; ++i) {
      bytes += bytes_of(rows_[begin + i]);
      if (bytes > emit_bytes)
        return std::max<std::size_t>(1, i);
    }
    return most;
  }

private:
  std::int64_t bytes_of(std::int64_t row) {
    if (row != measured_) {
      measured_ = row;
      bytes_ = repeated_.slice(row, 1).num_bytes();
    }
    return bytes_;
  }

  const batch& repeated_;
  const std::vector<std::int64_t>& rows_;
  bool small_ = false;  ///< no batch can exceed emit_bytes
  std::int64_t measured_ = -1;
  std::int64_t bytes_ = 0;
};

class explode_instance : public operator_instance {
public:
  explicit explode_instance(explode_options options) : options_{std::move(options)} {}

  status process(const epoch_context& /*epoch*/, int /*port*/, const batch& rows, collector& out) override {
    static const auto initialized = arrow::compute::Initialize();
    if (!initialized.ok())
      return from_arrow(initialized, "explode");
    metrics_.rows_in += rows.num_rows();
    const auto& input = *rows.arrow();
    const auto place = input.schema()->GetFieldIndex(options_.column);
    WEIR_ASSIGN(const auto exploded, explode_lists(*input.column(place), options_.outer));
    WEIR_ASSIGN(const auto values, columns_of(exploded.values));
    auto others = input.RemoveColumn(place);
    if (!others.ok())
      return from_arrow(others.status(), "explode");
    const auto type = output_type(input, place, values);
    const batch repeated{*others};
    pieces cut{repeated, exploded.rows};
    for (std::size_t begin = 0; begin < exploded.rows.size();) {
      const auto length = cut.length(begin);
      WEIR_ASSIGN(auto columns, repeat(repeated, exploded.rows, begin, length));
      for (std::size_t i = 0; i < values.size(); ++i)
        columns.insert(columns.begin() + place + static_cast<std::ptrdiff_t>(i),
                       values[i]->Slice(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(length)));
      out.emit(batch{arrow::RecordBatch::Make(type, static_cast<std::int64_t>(length), std::move(columns))});
      metrics_.rows_out += static_cast<std::int64_t>(length);
      begin += length;
    }
    return {};
  }

  operator_metrics take_metrics() override { return std::exchange(metrics_, {}); }

private:
  static result<arrow::ArrayVector> repeat(const batch& repeated, const std::vector<std::int64_t>& rows,
                                           std::size_t begin, std::size_t length) {
    if (repeated.arrow()->num_columns() == 0)
      return arrow::ArrayVector{};
    const auto indexes = std::make_shared<arrow::Int64Array>(static_cast<std::int64_t>(length),
                                                             arrow::Buffer::Wrap(rows.data() + begin, length));
    auto taken = arrow::compute::Take(arrow::Datum{repeated.arrow()}, arrow::Datum{indexes},
                                      arrow::compute::TakeOptions::NoBoundsCheck());
    if (!taken.ok())
      return from_arrow(taken.status(), "explode");
    return taken->record_batch()->columns();
  }

  /// The elements' column, or the keys' and the values'.
  result<arrow::ArrayVector> columns_of(const std::shared_ptr<arrow::Array>& elements) const {
    if (options_.names.size() == 1)
      return arrow::ArrayVector{elements};
    auto members = static_cast<const arrow::StructArray&>(*elements).Flatten();
    if (!members.ok())
      return from_arrow(members.status(), "explode");
    return std::move(members).ValueUnsafe();
  }

  std::shared_ptr<arrow::Schema> output_type(const arrow::RecordBatch& input, int place,
                                             const arrow::ArrayVector& values) const {
    const auto& exploded = *input.schema()->field(place)->type();
    const auto& elements = exploded.id() == arrow::Type::MAP ? *exploded.field(0)->type() : exploded;
    auto fields = input.schema()->fields();
    fields.erase(fields.begin() + place);
    for (int i = 0; i < static_cast<int>(values.size()); ++i)
      fields.insert(fields.begin() + place + i,
                    arrow::field(options_.names[static_cast<std::size_t>(i)], elements.field(i)->type(),
                                 elements.field(i)->nullable() || options_.outer));
    return arrow::schema(std::move(fields));
  }

  explode_options options_;
  operator_metrics metrics_;
};

}  // namespace

result<schema> explode_operator::bind(std::span<const schema> inputs) const {
  WEIR_ASSIGN(const auto column, detail::named_column(inputs[0], options_.column, kind()));
  const auto place = kind() + ": column '" + options_.column + "': ";
  const auto type = column.type.kind();
  if (type != data_type::id::list && type != data_type::id::map)
    return status{errc::type_mismatch, place + "expected list or map, got " + column.type.to_string()};
  const auto& elements = column.type.children();
  if (options_.names.size() != elements.size())
    return status{errc::invalid_argument, place + column.type.to_string() + " gives " +
                                              std::to_string(elements.size()) + " columns, " +
                                              std::to_string(options_.names.size()) + " names were given"};
  std::vector<field> fields;
  for (const auto& one : inputs[0].fields()) {
    if (one.name == options_.column)
      for (std::size_t i = 0; i < elements.size(); ++i)
        fields.push_back({options_.names[i], elements[i].type, elements[i].nullable || options_.outer});
    else
      fields.push_back(one);
  }
  for (const auto& name : options_.names)
    if (std::ranges::count(fields, name, &field::name) > 1)
      return status{errc::invalid_argument, place + "another column is named '" + name + "'"};
  return schema{std::move(fields)};
}

std::unique_ptr<operator_instance> explode_operator::instantiate() const {
  return std::make_unique<explode_instance>(options_);
}

std::string explode_operator::details() const {
  auto text = options_.column + " as ";
  for (std::size_t i = 0; i < options_.names.size(); ++i)
    text += (i > 0 ? ", " : "") + options_.names[i];
  return text;
}

}  // namespace weir
