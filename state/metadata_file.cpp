#include <weir/state/metadata_file.hpp>

#include <boost/json.hpp>

#include <weir/state/log_format.hpp>

namespace weir {

std::string metadata_to_json(const checkpoint_metadata& metadata) {
  const boost::json::object made{{"id", metadata.query_id}, {"format", metadata.format}};
  return boost::json::serialize(made) + "\n";
}

result<checkpoint_metadata> metadata_from_json(std::string_view text, const std::string& path) {
  boost::system::error_code error;
  const auto value = boost::json::parse(boost::json::string_view{text.data(), text.size()}, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* id = object ? object->if_contains("id") : nullptr;
  const auto* format = object ? object->if_contains("format") : nullptr;
  if (!id || !id->is_string() || id->as_string().empty() || !format || !format->is_int64() || format->as_int64() < 1)
    return status{errc::corrupt_checkpoint, path + " cannot be read"};
  if (auto readable = check_format(format->as_int64()); !readable.ok())
    return std::move(readable).at_operator(path);
  return checkpoint_metadata{std::string{id->as_string()}, format->as_int64()};
}

}  // namespace weir
