# Everything that weir links, as imported targets.
find_package(Threads REQUIRED)
include(FindOrFetchArrow)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(spdlog REQUIRED)
find_package(CAF REQUIRED MODULE)
find_path(WEIR_XXHASH_INCLUDE xxhash.h REQUIRED)

add_library(weir_boost_json INTERFACE)
target_link_libraries(weir_boost_json INTERFACE Boost::json)

add_library(weir_caf INTERFACE)
target_link_libraries(weir_caf INTERFACE CAF::core)
