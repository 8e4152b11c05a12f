#include <weir/sources/batches.hpp>

#include <charconv>

#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace weir::sources {

namespace {

/// An offset is the index of the last batch taken; -1: none.
class batches_source : public source {
public:
  explicit batches_source(batches options) : options_{std::move(options)} {}

  weir::schema schema() const override { return options_.columns; }

  result<offset> latest_offset(const offset& start, const read_limit& limit) override {
    WEIR_ASSIGN(const auto from, index_of(start));
    auto end = static_cast<std::int64_t>(options_.rows.size()) - 1;
    if (limit.rows) {
      // A batch is taken whole; at least one is.
      auto rows = std::int64_t{0};
      for (auto index = from + 1; index <= end; ++index) {
        rows += at(index).num_rows();
        if (rows > *limit.rows && index > from + 1)
          end = index - 1;
      }
    }
    return end <= from ? start : offset{std::to_string(end)};
  }

  status get_batch(const offset& start, const offset& end, collector& out) override {
    WEIR_ASSIGN(const auto from, index_of(start));
    WEIR_ASSIGN(const auto to, index_of(end));
    for (auto index = from + 1; index <= to; ++index)
      if (at(index).num_rows() > 0)
        out.emit(batch{at(index).arrow()});
    return {};
  }

  bool prepare_for_available_now() override { return true; }
  bool replayable() const override { return true; }
  bool blocking() const override { return false; }
  std::string description() const override { return "batches (" + std::to_string(options_.rows.size()) + ")"; }

private:
  const batch& at(std::int64_t index) const { return options_.rows[static_cast<std::size_t>(index)]; }
  result<std::int64_t> index_of(const offset& position) const {
    std::int64_t index = -1;
    const auto& text = position.json;
    if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
        error != std::errc{} || end != text.data() + text.size() || index < -1 ||
        index >= static_cast<std::int64_t>(options_.rows.size()))
      return status{errc::checkpoint_mismatch, "batches: '" + text + "' is no offset of this source"};
    return index;
  }

  batches options_;
};

}  // namespace

result<std::unique_ptr<source>> batches::open() const {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].arrow())
      continue;
    const auto actual = schema::from_arrow(*rows[i].arrow()->schema());
    if (!actual.ok() || *actual != columns)
      return status{errc::type_mismatch, "batches: batch " + std::to_string(i) + ": expected (" + columns.to_string() +
                                             "), got (" + rows[i].arrow()->schema()->ToString() + ")"};
  }
  return std::unique_ptr<source>{std::make_unique<batches_source>(*this)};
}

}  // namespace weir::sources
