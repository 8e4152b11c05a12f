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

# weir_install_program(target): an installed program needs nothing of the tree it was built in. A wheel's libraries lie in
# that tree, or in a cache, so they come along; an Arrow of the system's stays where it is.
if(_weir_pa)
  set(arrow_libraries "${CMAKE_INSTALL_LIBDIR}/weir")
  foreach(library Arrow::arrow ArrowCompute::arrow_compute ArrowAcero::arrow_acero Parquet::parquet)
    get_target_property(file ${library}_shared IMPORTED_LOCATION)
    install(FILES "${file}" DESTINATION "${arrow_libraries}" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
      GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endforeach()
  file(RELATIVE_PATH from_program "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}/weir")
  set(weir_program_rpath "$ORIGIN/${from_program}")
endif()
function(weir_install_program target)
  if(_weir_pa)
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "${weir_program_rpath}")
  else()
    set_target_properties(${target} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  endif()
  install(TARGETS ${target} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endfunction()
