// expect: a map cannot be part of a key; group by one of its values instead
#include <weir/columns/key_codec.hpp>

auto key = weir::decode_key<std::map<std::string, int>>("");
