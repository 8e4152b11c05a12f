#include <weir/expressions/json/handler.hpp>

namespace weir::detail {

using id = data_type::id;

json_node::json_node(parsed_column& of, const parsed_column* hidden) : column{&of}, kind{of.kind()} {
  children.reserve(of.children().size());
  for (auto& child : of.children())
    children.emplace_back(child);
  if (kind != id::structure)
    return;
  names.emplace();
  for (auto& child : children)
    if (child.column != hidden)
      names->add(child.column->name(), &child);
}

void json_handler::begin(std::string_view document) {
  target_ = root_;
  depth_ = skip_ = opened_ = 0;
  top_ = frames_.data();
  parts_.clear();
  raw_ = raw_json{document};
  captured_ = nullptr;
  misfit_ = nullptr;
  misfit_root_ = in_rows_ = false;
}

void json_handler::element_ended() {
  if (top_->wrapped)
    close_list();
  else
    target_ = top_->failed ? nullptr : &top_->node->children.front();
}

void json_handler::fill_missing(json_node& node) {
  const auto row = node.column->size();
  for (auto& child : node.children)
    if (child.column->size() == row)
      child.column->append_null();
}

void json_handler::begin_other_object() {
  if (target_->kind == id::utf8 && depth_ > 0) {
    capture();
  } else if (target_->kind == id::list && depth_ == 0 && target_->children.front().kind == id::structure) {
    // Where a list of structures is wanted, one object alone is a list of one.
    auto& list = *target_;
    push_list(list).wrapped = true;
    push_object(list.children.front());
  } else if (target_->kind == id::map) {
    push_list(*target_);
  } else {
    skip_misfit();
  }
}

void json_handler::map_key(std::string_view key) {
  target_ = nullptr;
  if (!top_->failed) {
    auto& entries = top_->node->children.front();
    entries.children[0].column->append_text(key);
    target_ = &entries.children[1];
  }
  parts_.clear();
}

void json_handler::begin_array() {
  if (target_->kind == id::list) {
    auto& list = *target_;
    push_list(list);
    target_ = &list.children.front();
  } else if (target_->kind == id::utf8 && depth_ > 0) {
    capture();
  } else if (depth_ == 0 && array_of_rows_ && !in_rows_) {
    in_rows_ = true;
  } else {
    skip_misfit();
  }
}

void json_handler::end_array() {
  if (depth_ > 0)
    close_list();
  else
    target_ = nullptr;  // the rows' own array
}

void json_handler::close_list() {
  const auto ended = pop();
  auto& list = *ended.node;
  if (ended.failed) {
    list.column->drop_open_elements();
    target_ = &list;
    misfit_value();
  } else {
    list.column->end_list();
  }
  value_ended();
}

void json_handler::capture() {
  captured_ = target_->column;
  captured_from_ = opened_;
  target_ = nullptr;
  skip_ = 1;
}

void json_handler::end_skipped() {
  if (--skip_ > 0)
    return;
  if (captured_ != nullptr) {
    captured_->append_text(raw_.find(captured_from_));
    captured_ = nullptr;
  }
  value_ended();
}

void json_handler::misfit_value() {
  if (misfit_ == nullptr)
    misfit_ = target_->column;
  if (depth_ == 0) {
    misfit_root_ = true;
    target_ = nullptr;
    return;
  }
  if (top_->node->kind == id::structure) {
    target_->column->append_null();
  } else {
    // An element that does not fit makes the list one that does not: the member that it is becomes null.
    top_->failed = true;
    target_ = nullptr;
  }
}

void json_handler::skip_misfit() {
  misfit_value();
  target_ = nullptr;
  skip_ = 1;
}

void json_handler::other_string(std::string_view value) {
  auto& column = *target_->column;
  switch (target_->kind) {
  case id::timestamp_us:
    if (*timestamps_ ? column.append_parsed(value, *timestamps_) : column.append_timestamp(value))
      return;
    break;
  case id::float64:
    if (const auto number = parse_not_finite(value))
      return column.append_fixed(*number);
    break;
  case id::float32:
    if (const auto number = parse_not_finite(value))
      return column.append_fixed(static_cast<float>(*number));
    break;
  case id::binary: {
    std::string bytes;
    if (decode_base64(value, bytes))
      return column.append_text(bytes);
    break;
  }
  default:
    if (column.append_parsed(value, *timestamps_))
      return;
  }
  misfit_value();
}

void json_handler::other_integer(std::int64_t value, std::string_view number) {
  auto& column = *target_->column;
  switch (target_->kind) {
  case id::utf8: return column.append_text(number);
  case id::timestamp_us: {
    std::int64_t micros = 0;
    if (!__builtin_mul_overflow(value, std::int64_t{1'000'000}, &micros))
      return column.append_fixed(micros);
    break;
  }
  case id::decimal:
    if (column.append_parsed(number, {}))
      return;
    break;
  default:
    // An integer has no negative zero.
    if (value == 0 && number.starts_with('-'))
      return real_number(number);
    if (column.append_integer(value))
      return;
  }
  misfit_value();
}

void json_handler::real_number(std::string_view number) {
  auto& column = *target_->column;
  switch (target_->kind) {
  case id::utf8: return column.append_text(number);
  // The parser's own double is not always the nearest one.
  case id::float64:
    if (const auto value = parse_double(number))
      return column.append_fixed(*value);
    break;
  case id::float32:
    if (const auto value = parse_float(number))
      return column.append_fixed(*value);
    break;
  case id::decimal:
    if (column.append_parsed(number, {}))
      return;
    break;
  default:
    if (number == "-0" && column.append_integer(0))
      return;
  }
  misfit_value();
}

}  // namespace weir::detail
