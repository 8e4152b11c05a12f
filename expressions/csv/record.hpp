#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::detail {

/// What separates and quotes the fields of a record.
struct csv_form {
  char separator = ',';
  char quote = '"';
  char escape = '\\';
  bool trim = false;
};

/// The fields of one CSV record, found in a text; those without escapes are views of it.
class csv_record {
public:
  enum class outcome {
    whole,     ///< a record with its line end
    more,      ///< the text ends within the record
    unclosed,  ///< the same, and no more comes: a quote is not closed
  };

  /// Splits the record that begins at the text's front; `end` says that no more text comes after it.
  outcome split(std::string_view text, bool end, const csv_form& form);

  /// The bytes of the record, line end included.
  std::size_t taken() const noexcept { return taken_; }
  std::size_t size() const noexcept { return fields_.size(); }
  /// Valid as long as the text, until the next split().
  std::string_view operator[](std::size_t index) const noexcept {
    const auto& one = fields_[index];
    return {(one.copied ? copies_.data() : text_.data()) + one.begin, one.size};
  }

private:
  struct place {
    std::size_t begin;
    std::size_t size;
    bool copied;
  };
  enum class stop { separator, line, text };

  stop plain(std::size_t& at, const csv_form& form);
  /// False where the text ends before the quote is closed, or where what follows it would have to be seen.
  bool quoted(std::size_t& at, bool end, const csv_form& form);
  stop after_quote(std::size_t& at, const csv_form& form) const;

  std::string_view text_;
  std::size_t taken_ = 0;
  std::string copies_;
  std::vector<place> fields_;
};

/// A record without its line end.
std::string_view without_line_end(std::string_view record);

}  // namespace weir::detail
