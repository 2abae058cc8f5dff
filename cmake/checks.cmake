# The checks of the source text as tests.
foreach(check check_layers check_sizes)
  add_test(NAME ${check} COMMAND ${PROJECT_SOURCE_DIR}/scripts/${check}.sh)
endforeach()
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
if(CLANG_FORMAT)
  add_test(NAME check_format COMMAND ${PROJECT_SOURCE_DIR}/scripts/format.sh --check)
else()
  message(STATUS "no clang-format: the test check_format is left out")
endif()

# The programs that record other frameworks (scripts/capture), as far as they run without one. The
# first Python that has numpy; without any the test is skipped.
find_program(PYTHON NAMES python3)
foreach(candidate ${PYTHON} /usr/bin/python3)
  execute_process(COMMAND ${candidate} -c "import numpy" RESULT_VARIABLE numpy_missing OUTPUT_QUIET ERROR_QUIET)
  if("${numpy_missing}" STREQUAL "0")
    set(PYTHON ${candidate})
    break()
  endif()
endforeach()
if(PYTHON)
  add_test(NAME capture_programs COMMAND ${PYTHON} ${PROJECT_SOURCE_DIR}/scripts/capture/capture_test.py)
  set_tests_properties(capture_programs PROPERTIES SKIP_RETURN_CODE 77 ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
else()
  message(STATUS "no python3: the test capture_programs is left out")
endif()

# The CMake function for projects that use twingrad, in a project of its own.
if(TARGET twingrad)
  add_test(NAME cmake_function
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DPROGRAM=$<TARGET_FILE:twingrad>
            -DFOLDER=${PROJECT_BINARY_DIR}/cmake_function -P ${PROJECT_SOURCE_DIR}/cmake/parity_test_project.cmake)
endif()

# ONNX's conformance suite (ctest -L onnx), fetched from PyPI into the build folder.
set(ONNX_SUITE ${PROJECT_BINARY_DIR}/onnx_suite)
add_test(NAME onnx_suite_fetch COMMAND ${PROJECT_SOURCE_DIR}/scripts/onnx_suite.sh ${ONNX_SUITE})
set_tests_properties(onnx_suite_fetch PROPERTIES LABELS onnx FIXTURES_SETUP onnx_suite COST 150)
foreach(claim outputs gradients forms)
  set(filter_outputs OnnxSuite.EveryTest*)
  set(filter_gradients OnnxSuite.GradientsOf*)
  set(filter_forms OnnxSuite.TextForms*)
  add_test(NAME onnx_suite_${claim}
    COMMAND parity_test --gtest_filter=${filter_${claim}}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(onnx_suite_${claim} PROPERTIES LABELS onnx FIXTURES_REQUIRED onnx_suite COST 75
    ENVIRONMENT TWINGRAD_ONNX_SUITE=${ONNX_SUITE}/suite)
endforeach()
