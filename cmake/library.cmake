# One static library a folder: every .cpp below it, with a test program of its *_test.cpp.

set(TWINGRAD_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 reports overlapping copies inside of std::string that cannot happen (GCC bug 105651).
  list(APPEND TWINGRAD_WARNINGS -Wno-restrict)
endif()
if(TWINGRAD_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  # Instrumented code makes g++ see uninitialized members of unions where there are none.
  list(APPEND TWINGRAD_WARNINGS -Wno-maybe-uninitialized)
endif()

# What hundreds of small files would otherwise read again and again.
set(TWINGRAD_STANDARD_HEADERS <algorithm> <array> <cmath> <cstdint> <deque> <filesystem> <functional> <map> <memory>
    <optional> <span> <sstream> <string> <string_view> <unordered_map> <utility> <variant> <vector>
    ${PROJECT_SOURCE_DIR}/ir/expression.h)

option(TWINGRAD_GROUPS "compile small sources of a folder several at a time" OFF)

# What describes, reads, writes or reports runs once a model; optimising its many small functions takes half of the
# time of a build. In a release these sources of the current folder (patterns) are compiled with -Og, under which
# g++ 12 sees uninitialized members of optionals where there are none. With TWINGRAD_GROUPS, files of one folder that
# stand next to each other are one translation unit, which halves the time again: what they share is read and
# instantiated once. The groups are in `twingrad_groups` for the target that follows. ALONE names files that are left out.
function(twingrad_quick_to_compile)
  cmake_parse_arguments(PARSE_ARGV 0 quick "" "" "ALONE")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${quick_UNPARSED_ARGUMENTS})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  foreach(file ${quick_ALONE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  set(compiled ${sources})
  if(TWINGRAD_GROUPS)
    twingrad_group(compiled ${sources})
    set_property(SOURCE ${sources} PROPERTY HEADER_FILE_ONLY ON)
    set(twingrad_groups ${compiled} PARENT_SCOPE)
  endif()
  set_property(SOURCE ${compiled} APPEND PROPERTY COMPILE_OPTIONS
    $<$<CONFIG:Release>:-Og> $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)
endfunction()

# Sets RESULT to files that include the sources, up to six of one folder each.
function(twingrad_group result)
  set(groups)
  set(includes)
  set(count 0)
  set(folder)
  foreach(source ${ARGN} END)
    get_filename_component(here ${source} DIRECTORY)
    if(NOT here STREQUAL folder OR count EQUAL 6)
      if(includes)
        list(LENGTH groups number)
        set(group ${CMAKE_CURRENT_BINARY_DIR}/group_${number}.cpp)
        file(CONFIGURE OUTPUT ${group} CONTENT "${includes}" @ONLY)
        list(APPEND groups ${group})
      endif()
      set(folder ${here})
      set(includes)
      set(count 0)
    endif()
    string(APPEND includes "#include \"${source}\"\n")
    math(EXPR count "${count} + 1")
  endforeach()
  set(${result} ${groups} PARENT_SCOPE)
endfunction()

# twingrad_library(NAME LIBRARIES...): sources are found, so that a new operator family is a new file only.
function(twingrad_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(NOT sources)
    add_library(twingrad_${name} INTERFACE)
    target_link_libraries(twingrad_${name} INTERFACE ${ARGN})
    return()
  endif()
  add_library(twingrad_${name} STATIC ${sources} ${twingrad_groups})
  target_include_directories(twingrad_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(twingrad_${name} PRIVATE ${TWINGRAD_WARNINGS})
  if(TARGET twingrad_ir AND NOT name STREQUAL ir)
    target_precompile_headers(twingrad_${name} REUSE_FROM twingrad_ir)
  else()
    target_precompile_headers(twingrad_${name} PRIVATE ${TWINGRAD_STANDARD_HEADERS})
  endif()
  target_link_libraries(twingrad_${name} PUBLIC ${ARGN} Threads::Threads)
  if(TWINGRAD_TESTS AND tests)
    twingrad_test(${name} ${tests})
    target_link_libraries(${name}_test PRIVATE twingrad_${name})
  endif()
endfunction()

# twingrad_test(NAME SOURCES...): the program NAME_test, one ctest entry, run from the root of the repository.
function(twingrad_test name)
  add_executable(${name}_test ${ARGN})
  # What a test exercises is compiled in its library; its own code is not worth optimising.
  target_compile_options(${name}_test PRIVATE ${TWINGRAD_WARNINGS} $<$<CONFIG:Release>:-O0>)
  target_precompile_headers(${name}_test PRIVATE ${TWINGRAD_STANDARD_HEADERS} <gtest/gtest.h>)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name}_test PRIVATE GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()
