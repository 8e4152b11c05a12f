# A room: one folder, one target weir::<name>, one include root that holds only that room, so that an
# include of a room that is not linked does not compile. The parts of what needs several files stand in a folder of its
# name, one deep.
#
#   weir_room(name LINKS <targets> [PRIVATE_LINKS <targets>] [PCH <headers>])
#   weir_program(name SOURCES ... LINKS ...)   a program under the same compiler settings

# The headers that nearly every source includes, compiled once for all rooms. gcc takes a precompiled header only where
# every macro it was built with is set too, so this target links nothing that defines any.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/precompiled.cpp" CONTENT "")
add_library(weir_precompiled OBJECT "${PROJECT_BINARY_DIR}/precompiled.cpp")
target_link_libraries(weir_precompiled PRIVATE weir_compiler weir_arrow Threads::Threads)
set(WEIR_PRECOMPILED <chrono> <functional> <map> <memory> <mutex> <optional> <span> <string> <string_view> <variant>
  <vector> <arrow/api.h>)
target_precompile_headers(weir_precompiled PRIVATE ${WEIR_PRECOMPILED})

function(weir_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS;PRIVATE_LINKS;PCH" ${ARGN})
  set(source "${PROJECT_SOURCE_DIR}/${name}")
  set(root "${PROJECT_BINARY_DIR}/include/${name}")
  file(MAKE_DIRECTORY "${root}/weir")
  file(CREATE_LINK "${source}" "${root}/weir/${name}" SYMBOLIC)

  file(GLOB sources CONFIGURE_DEPENDS "${source}/*.cpp" "${source}/*/*.cpp")
  add_library(weir_${name} STATIC ${sources})
  add_library(weir::${name} ALIAS weir_${name})
  set_target_properties(weir_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(weir_${name} PUBLIC cxx_std_20)
  target_include_directories(weir_${name} PUBLIC
    "$<BUILD_INTERFACE:${root}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  if(name STREQUAL "columns")
    target_include_directories(weir_${name} SYSTEM PRIVATE "${WEIR_XXHASH_INCLUDE}")
  endif()
  target_link_libraries(weir_${name} PUBLIC ${ROOM_LINKS} PRIVATE $<BUILD_INTERFACE:weir_compiler> ${ROOM_PRIVATE_LINKS})
  if(ROOM_PCH)
    target_precompile_headers(weir_${name} PRIVATE ${WEIR_PRECOMPILED} ${ROOM_PCH})
  else()
    target_precompile_headers(weir_${name} REUSE_FROM weir_precompiled)
  endif()
  set_property(GLOBAL APPEND PROPERTY WEIR_ROOMS ${name})
endfunction()

function(weir_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE weir_compiler ${PROGRAM_LINKS})
endfunction()
