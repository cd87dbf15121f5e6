# Tests and benchmarks.
#
#   assay_test(<folder> [USES <other folder>...] [LIBS <outside library>...])
#
# makes test_<folder>, one GoogleTest program, from every *_test.cpp of the current folder, which
# mirrors core/<folder>. Run as one test: suites may share what is costly to prepare.
#
#   assay_bench(<name>)
#
# makes bench_<name>, one Google Benchmark program, from <name>_bench.cpp. It links the folders that
# its #include lines name.
include_guard(GLOBAL)

set(ASSAY_TEST_TIMEOUT 600 CACHE STRING "Seconds after which a test program is stopped")

# What tests may know: the source tree, the build tree (bin/, plugins/, test_plugins/).
function(assay_test_target target)
  target_compile_options(${target} PRIVATE ${ASSAY_WARNINGS})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/core ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(
    ${target} PRIVATE ASSAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ASSAY_BUILD_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  # Plugins find LibTorch and the kernels in the program that loads them, used by it or not.
  target_link_options(${target} PRIVATE LINKER:--no-as-needed)
endfunction()

function(assay_test folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;LIBS")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  set(modules ${folder} ${arg_USES})
  if("host" IN_LIST modules)
    list(APPEND modules kernels)
  endif()
  list(FILTER modules EXCLUDE REGEX "^(integration|conformance|golden|faults)$")
  list(TRANSFORM modules PREPEND assay::)

  set(target test_${folder})
  add_executable(${target} ${sources})
  assay_test_target(${target})
  target_link_libraries(${target} PRIVATE ${modules} ${arg_LIBS} GTest::gmock_main)
  add_test(NAME ${folder} COMMAND ${target})
  set_tests_properties(${folder} PROPERTIES TIMEOUT ${ASSAY_TEST_TIMEOUT})
endfunction()

# The folders of core/ whose headers a file includes.
function(assay_included_modules source result)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} lines REGEX "^#include [<\"][a-z_]+/")
  list(TRANSFORM lines REPLACE "^#include [<\"]([a-z_]+)/.*" "\\1")
  list(TRANSFORM lines REPLACE "^assay$" "kernels")
  list(REMOVE_DUPLICATES lines)
  set(modules)
  foreach(folder IN LISTS lines)
    if(EXISTS ${PROJECT_SOURCE_DIR}/core/${folder}/CMakeLists.txt)
      list(APPEND modules assay::${folder})
    endif()
  endforeach()
  set(${result} ${modules} PARENT_SCOPE)
endfunction()

function(assay_bench name)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}_bench.cpp)
  assay_included_modules(${source} modules)
  set(target bench_${name})
  add_executable(${target} ${source})
  assay_test_target(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
  target_link_libraries(${target} PRIVATE ${modules} benchmark::benchmark_main)
  set_property(GLOBAL APPEND PROPERTY ASSAY_BENCHES ${target})
endfunction()
