#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/basic_parser.hpp>

#include <weir/expressions/json/member_names.hpp>
#include <weir/expressions/json/raw_json.hpp>
#include <weir/expressions/parsed/parsed_column.hpp>
#include <weir/expressions/parsed/values.hpp>

namespace weir::detail {

/// A column with what a JSON document needs to fill it: the names of a structure's members.
struct json_node {
  /// Documents do not fill the column `hidden`, a member of it.
  json_node(parsed_column& of, const parsed_column* hidden = nullptr);

  parsed_column* column;
  data_type::id kind;
  std::vector<json_node> children;
  std::optional<member_names> names;  ///< of a structure; points to its children
};

/// What Boost.JSON's push parser calls: puts the values of a document into columns. What is not wanted is passed over
/// by counting brackets. A value that does not fit makes the member of the structure around it null and is noted.
class json_handler {
public:
  using error_code = boost::json::error_code;
  using text = boost::json::string_view;

  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_depth = 64;

  /// `array_of_rows`: the elements of an array at the top are documents.
  json_handler(json_node& root, const timestamp_parser& timestamps, bool array_of_rows)
      : root_{&root}, timestamps_{&timestamps}, array_of_rows_{array_of_rows} {}

  void begin(std::string_view document);
  /// The top of the document is not what is wanted.
  bool misfit_root() const noexcept { return misfit_root_; }
  /// The first column whose value did not fit; nullptr: all fit.
  const parsed_column* misfit() const noexcept { return misfit_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_comment_part(text, error_code&) { return true; }
  bool on_comment(text, error_code&) { return true; }
  bool on_number_part(text, error_code&) { return true; }

  bool on_object_begin(error_code&) {
    ++opened_;
    if (target_ == nullptr) {
      ++skip_;
      return true;
    }
    if (target_->kind == data_type::id::structure) [[likely]]
      push_object(*target_);
    else
      begin_other_object();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    if (skip_ > 0)
      end_skipped();
    else
      end_object();
    return true;
  }
  bool on_array_begin(error_code&) {
    ++opened_;
    if (target_ == nullptr)
      ++skip_;
    else
      begin_array();
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    if (skip_ > 0)
      end_skipped();
    else
      end_array();
    return true;
  }

  bool on_key_part(text part, std::size_t, error_code&) {
    if (skip_ == 0)
      parts_.append(part.data(), part.size());
    return true;
  }
  bool on_key(text part, std::size_t total, error_code&) {
    if (skip_ > 0)
      return true;
    auto& top = *top_;
    if (!top.node->names) [[unlikely]] {
      map_key(whole(part, total));
      return true;
    }
    auto* const key = top.node->names->find(whole(part, total), top.place);
    parts_.clear();
    target_ = key == nullptr ? nullptr : key->node;
    if (target_ == nullptr)
      return true;
    if (key->object == top.object) [[unlikely]] {
      target_->column->truncate(top.node->column->size());  // it was there before: the last one wins
    } else {
      key->object = top.object;
      ++top.filled;
    }
    return true;
  }

  bool on_string_part(text part, std::size_t, error_code&) {
    if (target_ != nullptr)
      parts_.append(part.data(), part.size());
    return true;
  }
  bool on_string(text part, std::size_t total, error_code&) {
    if (target_ == nullptr)
      return true;
    const auto value = whole(part, total);
    if (target_->kind == data_type::id::utf8) [[likely]]
      target_->column->append_text(value);
    else
      other_string(value);
    parts_.clear();
    return true;
  }
  bool on_int64(std::int64_t value, text number, error_code&) {
    if (target_ == nullptr)
      return true;
    if (target_->kind == data_type::id::int64) [[likely]]
      target_->column->append_fixed(value);
    else
      other_integer(value, {number.data(), number.size()});
    return true;
  }
  bool on_uint64(std::uint64_t, text number, error_code&) {
    if (target_ != nullptr)
      real_number({number.data(), number.size()});
    return true;
  }
  bool on_double(double, text number, error_code&) {
    if (target_ != nullptr)
      real_number({number.data(), number.size()});
    return true;
  }
  bool on_bool(bool value, error_code&) {
    if (target_ == nullptr)
      return true;
    if (target_->kind == data_type::id::boolean)
      target_->column->append_bool(value);
    else if (target_->kind == data_type::id::utf8)
      target_->column->append_text(value ? "true" : "false");
    else
      misfit_value();
    return true;
  }
  bool on_null(error_code&) {
    if (target_ == nullptr)
      return true;
    if (depth_ == 0)
      misfit_value();
    else
      target_->column->append_null();
    return true;
  }

private:
  /// An object or array that is being filled.
  struct frame {
    json_node* node = nullptr;
    known_key* place = nullptr;  ///< the last key
    std::uint64_t object = 0;    ///< its number among all objects
    std::size_t filled = 0;      ///< members that have a value
    bool failed = false;         ///< a list or map with an element that did not fit
    bool wrapped = false;        ///< a list of one that is not there in the document
  };

  std::string_view whole(text part, std::size_t total) {
    if (part.size() == total) [[likely]]
      return {part.data(), part.size()};
    parts_.append(part.data(), part.size());
    return parts_;
  }
  frame& push_list(json_node& list) {
    top_ = &frames_[++depth_];
    *top_ = {&list};
    return *top_;
  }
  void push_object(json_node& object) {
    top_ = &frames_[++depth_];
    *top_ = {&object, object.names->start(), ++objects_};
  }
  frame pop() {
    const auto ended = *top_;
    top_ = &frames_[--depth_];
    return ended;
  }
  void end_object() {
    auto& node = *top_->node;
    if (node.kind != data_type::id::structure) [[unlikely]]
      return close_list();
    if (top_->filled != node.children.size())
      fill_missing(node);
    node.column->end_structure();
    pop();
    value_ended();
  }
  /// Back in what is around the value: the next one in a list goes to its elements.
  void value_ended() {
    if (depth_ == 0)
      target_ = in_rows_ ? root_ : nullptr;
    else if (top_->node->kind == data_type::id::list)
      element_ended();
  }
  void element_ended();
  static void fill_missing(json_node& node);
  void begin_other_object();
  void begin_array();
  void end_array();
  void close_list();
  void capture();
  void end_skipped();
  void map_key(std::string_view key);
  void other_string(std::string_view value);
  void other_integer(std::int64_t value, std::string_view number);
  /// One with a point or an exponent, or an integer beyond 64 bits.
  void real_number(std::string_view number);
  void misfit_value();
  void skip_misfit();

  json_node* root_;
  const timestamp_parser* timestamps_;
  bool array_of_rows_;

  json_node* target_ = nullptr;  ///< where the next value goes; nullptr: nowhere
  std::size_t depth_ = 0;
  std::size_t skip_ = 0;  ///< open brackets that are passed over
  std::size_t opened_ = 0;
  std::uint64_t objects_ = 0;
  std::array<frame, max_depth + 2> frames_;  ///< [0] stands around the document
  frame* top_ = frames_.data();
  std::string parts_;
  raw_json raw_;
  parsed_column* captured_ = nullptr;  ///< the text column that takes the brackets being passed over
  std::size_t captured_from_ = 0;      ///< the number of their first one
  const parsed_column* misfit_ = nullptr;
  bool misfit_root_ = false;
  bool in_rows_ = false;
};

}  // namespace weir::detail
