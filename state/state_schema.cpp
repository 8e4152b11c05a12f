#include <weir/state/checkpoint.hpp>

namespace weir {

schema make_state_schema(const std::vector<field>& key, const std::vector<field>& values) {
  std::vector<field> fields{{std::string{key_group_column}, int32, false},
                            {std::string{present_column}, boolean, false},
                            {"key", struct_of(key), false}};
  fields.insert(fields.end(), values.begin(), values.end());
  return schema{std::move(fields)};
}

}  // namespace weir
