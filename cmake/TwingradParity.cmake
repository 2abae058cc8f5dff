# twingrad_add_parity_test(NAME <name> TARGETS <path>...
#                          [LEGS <leg>...] [ONLY <pattern>] [CONVENTIONS <name>]
#                          [RTOL <number>] [ATOL <number>] [MIN_COVERAGE <share>]
#                          [JUNIT <file>] [ALLOW_INCOMPLETE])
#
# Adds a test that runs `twingrad check` on models, bundles or folders of them. It fails where a
# comparison fails (exit 1), where something cannot be read (2) and where something could not be
# compared (3); with ALLOW_INCOMPLETE the last counts as skipped. The program is TWINGRAD_EXECUTABLE,
# which is looked for on the PATH where it is not set.
include_guard(GLOBAL)

function(twingrad_add_parity_test)
  cmake_parse_arguments(PARSE_ARGV 0 test "ALLOW_INCOMPLETE"
                        "NAME;ONLY;CONVENTIONS;RTOL;ATOL;MIN_COVERAGE;JUNIT" "TARGETS;LEGS")
  if(test_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "twingrad_add_parity_test: unknown arguments ${test_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT test_NAME OR NOT test_TARGETS)
    message(FATAL_ERROR "twingrad_add_parity_test needs NAME and TARGETS")
  endif()
  find_program(TWINGRAD_EXECUTABLE twingrad REQUIRED)
  set(command "${TWINGRAD_EXECUTABLE}" check ${test_TARGETS})
  if(test_LEGS)
    list(JOIN test_LEGS "," legs)
    list(APPEND command --legs "${legs}")
  endif()
  foreach(flag ONLY CONVENTIONS RTOL ATOL MIN_COVERAGE JUNIT)
    if(DEFINED test_${flag})
      string(TOLOWER "${flag}" name)
      string(REPLACE "_" "-" name "${name}")
      list(APPEND command "--${name}" "${test_${flag}}")
    endif()
  endforeach()
  add_test(NAME "${test_NAME}" COMMAND ${command} WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  if(test_ALLOW_INCOMPLETE)
    set_tests_properties("${test_NAME}" PROPERTIES SKIP_RETURN_CODE 3)
  endif()
endfunction()
