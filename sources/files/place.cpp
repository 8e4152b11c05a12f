#include <weir/sources/files/place.hpp>

#include <boost/json.hpp>

namespace weir {

offset to_offset(const file_place& at, const seen_files& seen) {
  auto text = "{\"files\":" + std::to_string(at.files);
  if (at.position > 0)
    text += ",\"file\":" + boost::json::serialize(boost::json::value(seen[at.files].path)) +
            ",\"byte\":" + std::to_string(at.position);
  return offset{text + "}"};
}

result<file_place> to_place(const offset& text, const seen_files& seen) {
  auto error = boost::system::error_code{};
  const auto value = boost::json::parse(text.json, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto number = [&](const char* name) {
    const auto* member = object == nullptr ? nullptr : object->if_contains(name);
    return member != nullptr && member->is_int64() ? member->as_int64() : -1;
  };
  auto at = file_place{number("files"), 0};
  if (at.files < 0)
    return status{errc::checkpoint_mismatch, "the offset '" + text.json + "' is not one of a files source"};
  const auto* file = object->if_contains("file");
  if (at.files + (file != nullptr ? 1 : 0) > seen.next() || (file != nullptr && at.files < seen.first()))
    return status{errc::checkpoint_mismatch, "the offset " + text.json + " is not in the log of files, which holds " +
                                                 std::to_string(seen.first()) + " to " + std::to_string(seen.next())};
  if (file == nullptr)
    return at;
  at.position = number("byte");
  if (at.position < 0 || !file->is_string() || std::string_view{file->as_string()} != seen[at.files].path)
    return status{errc::checkpoint_mismatch,
                  "the offset " + text.json + " names another file than the log: " + seen[at.files].path};
  return at;
}

}  // namespace weir
