# One target weir::weir over the rooms, and the install tree: headers as <weir/<room>/...>, the rooms' archives, and
# the package that find_package(weir) reads.
add_library(weir INTERFACE)
add_library(weir::weir ALIAS weir)
get_property(rooms GLOBAL PROPERTY WEIR_ROOMS)
list(TRANSFORM rooms PREPEND weir_ OUTPUT_VARIABLE targets)
target_link_libraries(weir INTERFACE ${targets})
if(NOT WEIR_INSTALL)
  return()
endif()

include(CMakePackageConfigHelpers)
foreach(room IN LISTS rooms)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${room}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/weir/${room}"
    FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(TARGETS weir ${targets} EXPORT weirTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/weir")
install(EXPORT weirTargets NAMESPACE weir:: DESTINATION "${package}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/weirConfig.cmake.in" "${PROJECT_BINARY_DIR}/weirConfig.cmake"
  INSTALL_DESTINATION "${package}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/weirConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/weirConfig.cmake" "${PROJECT_BINARY_DIR}/weirConfigVersion.cmake"
  cmake/FindOrFetchArrow.cmake cmake/FindCAF.cmake DESTINATION "${package}")
