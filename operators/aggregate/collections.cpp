#include <cstring>

#include <boost/unordered/unordered_flat_set.hpp>

#include <weir/columns/hash.hpp>
#include <weir/columns/value_bytes.hpp>
#include <weir/operators/aggregate/accumulators.hpp>
#include <weir/operators/aggregate/column_parts.hpp>

namespace weir::detail {

namespace {

/// collect_list and collect_set: the values that are not null, in order of arrival; a set has each once.
class collections : public accumulators {
  struct element_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view element) const noexcept { return hash_bytes(element); }
  };
  using element_set = boost::unordered_flat_set<std::string, element_hash, std::equal_to<>>;
  struct collection {
    std::string bytes;  ///< the elements, each a 4-byte length and its bytes
    std::uint32_t count = 0;
    std::unique_ptr<element_set> seen;  ///< of a set
  };

public:
  explicit collections(const accumulator_options& options)
      : element_{"item", options.arguments[0].type, false}, set_{options.kind == aggregate_kind::collect_set},
        most_{options.max_elements}, list_{list_of(element_)} {}

  void resize(std::size_t slots) override { collections_.resize(slots); }
  void clear(std::span<const std::uint32_t> slots) override {
    for (const auto slot : slots) {
      heap_bytes_ -= heap(collections_[slot]);
      collections_[slot] = {};
    }
  }
  accumulated update(std::span<const column_view> arguments, std::span<const std::uint32_t> rows,
                     std::span<const std::uint32_t> slots) override {
    accumulated failed;
    each_valid(arguments[0], rows, slots, [&](std::uint32_t row, std::uint32_t slot) {
      scratch_.clear();
      append_value_bytes(scratch_, arguments[0], element_, row);
      add(slot, scratch_, failed);
    });
    return failed;
  }
  accumulated merge(std::span<const std::uint32_t> into, const accumulators& from,
                    std::span<const std::uint32_t> slots) override {
    accumulated failed;
    for (std::size_t i = 0; i < into.size(); ++i)
      each_element(static_cast<const collections&>(from).collections_[slots[i]],
                   [&](std::string_view element) { add(into[i], element, failed); });
    return failed;
  }
  array_data values(std::span<const std::uint32_t> slots) const override {
    value_columns elements{{element_}};
    offset_buffer<> offsets;
    for (const auto slot : slots) {
      const auto& one = collections_[slot];
      offset_buffer<>::check(offsets.total(), one.count, "list elements");
      each_element(one, [&](std::string_view element) { elements.append(element); });
      offsets.push(one.count);
    }
    return make_column(list_.to_arrow(), slots.size(), nullptr, 0, {offsets.release()}, {elements.finish().front()});
  }
  std::vector<field> state_fields() const override { return {{"elements", list_, false}}; }
  std::vector<array_data> state(std::span<const std::uint32_t> slots) const override { return {values(slots)}; }
  void restore(std::span<const column_view> columns, std::span<const std::int64_t> rows,
               std::span<const std::uint32_t> slots) override {
    clear(slots);
    const auto elements = columns[0].elements();
    const auto* offsets = columns[0].values_as<std::int32_t>();
    accumulated failed;  // what was within the limit when it was written stays so
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (auto at = offsets[rows[i]]; at < offsets[rows[i] + 1]; ++at) {
        scratch_.clear();
        append_value_bytes(scratch_, elements, element_, at);
        add(slots[i], scratch_, failed);
      }
  }
  std::size_t bytes() const override { return collections_.capacity() * sizeof(collection) + heap_bytes_; }

private:
  void add(std::uint32_t slot, std::string_view element, accumulated& failed) {
    auto& one = collections_[slot];
    if (set_ && one.seen && one.seen->contains(element))
      return;
    if (one.count >= most_) {
      if (!failed)
        failed = {slot, errc::state_limit,
                  (set_ ? "collect_set" : "collect_list") + std::string{": a group has more than max_elements = "} +
                      std::to_string(most_) + " elements"};
      return;
    }
    heap_bytes_ -= heap(one);
    if (set_) {
      if (!one.seen)
        one.seen = std::make_unique<element_set>();
      one.seen->emplace(element);
    }
    const auto size = static_cast<std::uint32_t>(element.size());
    char prefix[sizeof size];
    std::memcpy(prefix, &size, sizeof size);
    one.bytes.append(prefix, sizeof size).append(element);
    ++one.count;
    heap_bytes_ += heap(one);
  }
  template <class Visit>
  static void each_element(const collection& of, Visit visit) {
    for (std::size_t at = 0; at < of.bytes.size();) {
      std::uint32_t size = 0;
      std::memcpy(&size, of.bytes.data() + at, sizeof size);
      visit(std::string_view{of.bytes}.substr(at + sizeof size, size));
      at += sizeof size + size;
    }
  }
  /// A set's elements are there twice.
  static std::size_t heap(const collection& of) {
    return of.bytes.capacity() + (of.seen ? of.bytes.size() + of.seen->size() * 48 : 0);
  }

  field element_;
  bool set_;
  std::size_t most_;
  data_type list_;
  std::vector<collection> collections_;
  std::string scratch_;
  std::size_t heap_bytes_ = 0;
};

}  // namespace

std::unique_ptr<accumulators> make_collections(const accumulator_options& options) {
  return std::make_unique<collections>(options);
}

}  // namespace weir::detail
