#pragma once

#include <cstddef>
#include <string_view>

namespace weir::detail {

/// Finds the text of an object or array in a document by the number of its opening bracket. The push parser gives no
/// positions; the document up to the bracket's end is known to be valid. Goes forward only, so that all finds together
/// cost one pass over the document.
class raw_json {
public:
  raw_json() = default;
  explicit raw_json(std::string_view document) : document_{document} {}

  /// The text from opening bracket `ordinal` (the first is 1) to its closing one; ordinals only grow.
  std::string_view find(std::size_t ordinal);

private:
  /// To the next bracket outside of texts.
  char next_bracket();

  std::string_view document_;
  std::size_t at_ = 0;
  std::size_t opened_ = 0;
};

}  // namespace weir::detail
