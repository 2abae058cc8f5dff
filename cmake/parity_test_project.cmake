# Run with cmake -P: configures a project that uses TwingradParity.cmake, and runs its tests.
#   SOURCE: the repository, PROGRAM: twingrad, FOLDER: where to build
file(REMOVE_RECURSE "${FOLDER}")
file(WRITE "${FOLDER}/source/CMakeLists.txt" "
cmake_minimum_required(VERSION 3.25)
project(user NONE)
enable_testing()
list(APPEND CMAKE_MODULE_PATH \"${SOURCE}/cmake\")
include(TwingradParity)
set(models \"${SOURCE}/testdata/references/models/digits-cnn-float32\")
twingrad_add_parity_test(NAME holds TARGETS \${models} ONLY training LEGS modes reference MIN_COVERAGE 1)
twingrad_add_parity_test(NAME fails TARGETS \${models} ONLY training LEGS reference RTOL 0 ATOL 0)
twingrad_add_parity_test(NAME incomplete TARGETS \${models} ONLY sgd PRECISION_UNUSED)
")
# An argument that the function does not know must stop the configuration.
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${FOLDER}/source" -B "${FOLDER}/build"
                        "-DTWINGRAD_EXECUTABLE=${PROGRAM}"
                RESULT_VARIABLE refused ERROR_VARIABLE message OUTPUT_QUIET)
if(refused EQUAL 0 OR NOT message MATCHES "unknown arguments PRECISION_UNUSED")
  message(FATAL_ERROR "an unknown argument was taken: ${message}")
endif()
file(READ "${FOLDER}/source/CMakeLists.txt" project)
string(REPLACE " PRECISION_UNUSED" " ONLY nothing ALLOW_INCOMPLETE" project "${project}")
string(REPLACE "ONLY sgd ONLY nothing" "ONLY nothing" project "${project}")
file(WRITE "${FOLDER}/source/CMakeLists.txt" "${project}")
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${FOLDER}/source" -B "${FOLDER}/build"
                        "-DTWINGRAD_EXECUTABLE=${PROGRAM}"
                COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
execute_process(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${FOLDER}/build" OUTPUT_VARIABLE report)
foreach(expected "holds [.]+   Passed" "fails [.]+[*]+Failed" "incomplete [.]+[*]+Skipped")
  if(NOT report MATCHES "${expected}")
    message(FATAL_ERROR "expected '${expected}' in\n${report}")
  endif()
endforeach()
