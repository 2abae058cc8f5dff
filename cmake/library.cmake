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

# What hundreds of small files would otherwise read again and again, compiled once for all libraries and once for all
# tests. With CMAKE_UNITY_BUILD (a release) neighbours are one translation unit as well, which halves the
# time of a build: names in anonymous namespaces are therefore names of one file of their folder.
set(TWINGRAD_STANDARD_HEADERS <algorithm> <array> <cmath> <cstdint> <deque> <filesystem> <functional> <map> <memory>
    <optional> <span> <sstream> <string> <string_view> <unordered_map> <utility> <variant> <vector>
    ${PROJECT_SOURCE_DIR}/ir/expression.h)
file(CONFIGURE OUTPUT headers.cpp CONTENT "")
add_library(twingrad_headers OBJECT ${CMAKE_CURRENT_BINARY_DIR}/headers.cpp)
target_include_directories(twingrad_headers PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_options(twingrad_headers PRIVATE ${TWINGRAD_WARNINGS})
target_precompile_headers(twingrad_headers PRIVATE ${TWINGRAD_STANDARD_HEADERS})
if(TWINGRAD_TESTS)
  # What a test exercises is compiled in its library; its own code is not worth optimising.
  set(TWINGRAD_TEST_OPTIONS ${TWINGRAD_WARNINGS} $<$<CONFIG:Release>:-O0>)
  add_library(twingrad_test_headers OBJECT ${CMAKE_CURRENT_BINARY_DIR}/headers.cpp)
  target_include_directories(twingrad_test_headers PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(twingrad_test_headers PRIVATE ${TWINGRAD_TEST_OPTIONS})
  target_precompile_headers(twingrad_test_headers PRIVATE ${TWINGRAD_STANDARD_HEADERS} <gtest/gtest.h>)
  target_link_libraries(twingrad_test_headers PRIVATE GTest::gtest)
endif()

# What describes, reads, writes or reports runs once a model; optimising its many small functions takes half of the
# time of a build. In a release it is compiled with these, under which g++ 12 sees uninitialized members of optionals
# where there are none.
set(TWINGRAD_QUICK_TO_COMPILE $<$<CONFIG:Release>:-Og> $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)

# Up to twelve files of one folder are one translation unit.
function(twingrad_unity_groups target)
  foreach(source ${ARGN})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE path)
    cmake_path(GET path PARENT_PATH path)
    cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    string(MAKE_C_IDENTIFIER "${path}" folder)
    list(APPEND in_${folder} ${source})
    list(LENGTH in_${folder} count)
    math(EXPR number "(${count} - 1) / 12")
    set_property(SOURCE ${source} PROPERTY UNITY_GROUP ${folder}_${number})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()

# twingrad_target(TARGET LIBRARIES...): what all targets made of the project's own sources share.
function(twingrad_target target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${TWINGRAD_WARNINGS})
  target_precompile_headers(${target} REUSE_FROM twingrad_headers)
  target_link_libraries(${target} PUBLIC ${ARGN} Threads::Threads)
endfunction()

# twingrad_library(NAME [QUICK PATTERNS...] [LIBRARIES LIBRARIES...]): sources are found, so that a new operator family
# is a new file only. Those that a pattern names are quick to compile.
function(twingrad_library name)
  cmake_parse_arguments(PARSE_ARGV 1 library "" "" "QUICK;LIBRARIES")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(library_QUICK)
    file(GLOB_RECURSE quick CONFIGURE_DEPENDS ${library_QUICK})
    list(FILTER quick EXCLUDE REGEX "_test\\.cpp$")
    list(REMOVE_ITEM sources ${quick})
    add_library(twingrad_${name}_quick OBJECT ${quick})
    target_compile_options(twingrad_${name}_quick PRIVATE ${TWINGRAD_QUICK_TO_COMPILE})
    twingrad_unity_groups(twingrad_${name}_quick ${quick})
    twingrad_target(twingrad_${name}_quick ${library_LIBRARIES})
    set(objects $<TARGET_OBJECTS:twingrad_${name}_quick>)
  endif()
  add_library(twingrad_${name} STATIC ${sources} ${objects})
  twingrad_unity_groups(twingrad_${name} ${sources})
  twingrad_target(twingrad_${name} ${library_LIBRARIES})
  if(TWINGRAD_TESTS AND tests)
    twingrad_test(${name} ${tests})
    target_link_libraries(${name}_test PRIVATE twingrad_${name})
  endif()
endfunction()

# twingrad_test(NAME SOURCES...): the program NAME_test, one ctest entry, run from the root of the repository.
function(twingrad_test name)
  add_executable(${name}_test ${ARGN})
  twingrad_unity_groups(${name}_test ${ARGN})
  target_compile_options(${name}_test PRIVATE ${TWINGRAD_TEST_OPTIONS})
  target_precompile_headers(${name}_test REUSE_FROM twingrad_test_headers)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name}_test PRIVATE GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()
