# What holds for every target: the standard, where outputs go, ccache, and paths that stay out of
# the binaries, so that the same source gives the same bytes in any directory.
include_guard(GLOBAL)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Dev, Asan or Tsan" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
# No -g: debug information triples the link times, and without it ccache serves every directory.
set(CMAKE_CXX_FLAGS_DEV "-O1 -D_GLIBCXX_ASSERTIONS")
set(sanitizer_flags "-O1 -g1 -fno-omit-frame-pointer -fno-sanitize-recover=all")
set(CMAKE_CXX_FLAGS_ASAN "${sanitizer_flags} -D_GLIBCXX_ASSERTIONS -fsanitize=address,undefined")
set(CMAKE_CXX_FLAGS_TSAN "${sanitizer_flags} -fsanitize=thread")

if(ASSAY_MARCH)
  add_compile_options(-march=${ASSAY_MARCH})
endif()
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what ccache asks of files that read a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
