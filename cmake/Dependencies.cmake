# Everything that weir links, as imported targets.
find_package(Threads REQUIRED)
include(FindOrFetchArrow)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(spdlog REQUIRED)
find_package(CAF REQUIRED MODULE)
find_path(WEIR_XXHASH_INCLUDE xxhash.h REQUIRED)

