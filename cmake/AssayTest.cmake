# Tests and benchmarks. The default build leaves them out: `tests` and `benches` are targets.
#
#   assay_test(<folder> [LOADS_PLUGINS] [USES <other folder>...] [LIBS <outside library>...])
#
# makes test_<folder>, one GoogleTest program, from every *_test.cpp of the current folder. It links
# core/<folder> where there is one, and is run as one test: suites may share what is costly to
# prepare.
#
#   assay_script_test(<name> COMMAND <command> [LABELS <label>...])
#
# runs a command as a test, with an empty cache of its own (tests/own_cache.sh).
#
#   assay_bench(<name>)
#
# makes bench_<name>, one Google Benchmark program, from <name>_bench.cpp. It links the folders that
# its #include lines name.
#
# Tests know the source tree as ASSAY_SOURCE_DIR and the build tree, with bin/, plugins/ and
# test_plugins/, as ASSAY_BUILD_DIR: compile definitions in C++, environment variables in scripts.
include_guard(GLOBAL)

option(ASSAY_PRECOMPILED_HEADERS "Tests share precompiled headers of GoogleTest and JSON" ON)
set(ASSAY_TEST_TIMEOUT 900 CACHE STRING "Seconds after which a test is stopped")

function(assay_test_program target)
  add_executable(${target} ${ARGN})
  target_compile_options(${target} PRIVATE ${ASSAY_WARNINGS})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/core ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(
    ${target} PRIVATE ASSAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ASSAY_BUILD_DIR="${PROJECT_BINARY_DIR}")
endfunction()

# Tests are compiled more often than they compute, at -O1, and every one reads GoogleTest: both cost
# a third of their compile time otherwise. What they test is compiled as it is shipped.
function(assay_precompiled target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(NOT ASSAY_PRECOMPILED_HEADERS)
    return()
  endif()
  # A precompiled header is read only where the macros that it asked for are the same.
  target_compile_definitions(${target} PRIVATE FMT_SHARED AT_PER_OPERATOR_HEADERS)
  # g++ 12 raises false alarms about std::string + where its header is precompiled (as GCC bug
  # 105651).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                                           -Wno-array-bounds)
  if(NOT TARGET assay_test_headers)
    set(source ${PROJECT_BINARY_DIR}/test_headers.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "int main() {}\n")
    add_executable(assay_test_headers EXCLUDE_FROM_ALL ${source})
    assay_precompiled(assay_test_headers)
    target_compile_options(assay_test_headers PRIVATE ${ASSAY_WARNINGS})
    target_link_libraries(assay_test_headers PRIVATE GTest::gmock nlohmann_json::nlohmann_json fmt::fmt)
    target_precompile_headers(
      assay_test_headers PRIVATE <filesystem> <fmt/format.h> <gmock/gmock.h> <nlohmann/json.hpp>)
  endif()
  if(NOT target STREQUAL assay_test_headers)
    target_precompile_headers(${target} REUSE_FROM assay_test_headers)
  endif()
endfunction()

function(assay_test folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "LOADS_PLUGINS" "" "USES;LIBS")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  set(modules ${arg_USES})
  if(EXISTS ${PROJECT_SOURCE_DIR}/core/${folder})
    list(PREPEND modules ${folder})
  endif()
  assay_all_configured(configured ${modules})
  if(NOT configured)
    return()
  endif()

  set(target test_${folder})
  assay_test_program(${target} ${sources})
  assay_precompiled(${target})
  if(arg_LOADS_PLUGINS OR "host" IN_LIST modules)
    assay_loads_plugins(${target})
  endif()
  list(TRANSFORM modules PREPEND assay::)
  target_link_libraries(${target} PRIVATE ${modules} ${arg_LIBS} GTest::gmock_main)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  set_property(GLOBAL APPEND PROPERTY ASSAY_TESTS ${target})

  add_test(NAME ${folder} COMMAND ${target})
  set_tests_properties(${folder} PROPERTIES TIMEOUT ${ASSAY_TEST_TIMEOUT})
endfunction()

function(assay_script_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "COMMAND;LABELS")
  add_test(NAME ${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/own_cache.sh ${arg_COMMAND}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set(environment ASSAY_SOURCE_DIR=${PROJECT_SOURCE_DIR} ASSAY_BUILD_DIR=${PROJECT_BINARY_DIR}
                  ASSAY_TORCH_DIR=${LibTorch_ROOT_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ASSAY_TEST_TIMEOUT}
                                          ENVIRONMENT "${environment}" LABELS "${arg_LABELS}")
endfunction()

# Whether all these folders are part of this build: without the coordinator, some are not.
function(assay_all_configured result)
  set(${result} TRUE PARENT_SCOPE)
  foreach(folder IN LISTS ARGN)
    if(NOT TARGET assay::${folder})
      set(${result} FALSE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# The folders of core/ whose headers a file includes; <assay/...> comes with the kernels.
function(assay_included_modules source result)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} folders REGEX "^#include [<\"][a-z_]+/")
  list(TRANSFORM folders REPLACE "^#include [<\"]([a-z_]+)/.*" "\\1")
  list(TRANSFORM folders REPLACE "^assay$" "kernels")
  list(REMOVE_DUPLICATES folders)
  set(modules)
  foreach(folder IN LISTS folders)
    if(EXISTS ${PROJECT_SOURCE_DIR}/core/${folder})
      list(APPEND modules ${folder})
    endif()
  endforeach()
  set(${result} ${modules} PARENT_SCOPE)
endfunction()

function(assay_bench name)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}_bench.cpp)
  assay_included_modules(${source} modules)
  assay_all_configured(configured ${modules})
  if(NOT configured)
    return()
  endif()
  list(TRANSFORM modules PREPEND assay::)
  set(target bench_${name})
  assay_test_program(${target} ${source})
  target_link_libraries(${target} PRIVATE ${modules} benchmark::benchmark_main)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
  set_property(GLOBAL APPEND PROPERTY ASSAY_BENCHES ${target})
endfunction()
