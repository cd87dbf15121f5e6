# Finds LibTorch on CMAKE_PREFIX_PATH, or else in LibTorch_DEFAULT_DIRS: the folder of the `torch`
# wheel, or an unpacked LibTorch archive.
#
# Defines the target assay::torch (headers as system headers; libtorch, libtorch_cpu, libc10 and, in
# a CUDA build, libtorch_cuda and libc10_cuda) and
#   LibTorch_ROOT_DIR   the folder with include/ and lib/
#   LibTorch_VERSION    such as 2.13.0
#   LibTorch_CUDA       whether it is a CUDA build
#
# The wheel's own TorchConfig.cmake is not used: in a CUDA build it demands the CUDA toolkit, and it
# links every library there is.
include_guard(GLOBAL)

find_path(
  LibTorch_CONFIG_DIR TorchConfig.cmake
  PATHS ${LibTorch_DEFAULT_DIRS}
  PATH_SUFFIXES share/cmake/Torch Torch)
mark_as_advanced(LibTorch_CONFIG_DIR)
if(LibTorch_CONFIG_DIR)
  file(REAL_PATH ${LibTorch_CONFIG_DIR}/../../.. LibTorch_ROOT_DIR)
  file(STRINGS ${LibTorch_CONFIG_DIR}/TorchConfigVersion.cmake version_line
       REGEX "PACKAGE_VERSION \"" LIMIT_COUNT 1)
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" LibTorch_VERSION "${version_line}")
  set(LibTorch_CUDA OFF)
  if(EXISTS ${LibTorch_ROOT_DIR}/lib/libtorch_cuda.so)
    set(LibTorch_CUDA ON)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LibTorch
  REQUIRED_VARS LibTorch_ROOT_DIR
  VERSION_VAR LibTorch_VERSION)

if(LibTorch_FOUND AND NOT TARGET assay::torch)
  add_library(assay::torch INTERFACE IMPORTED)
  # The wheel carries its own fmt; -idirafter lets the system's headers come first.
  target_compile_options(assay::torch INTERFACE "SHELL:-idirafter ${LibTorch_ROOT_DIR}/include")
  # Without it ATen/TensorOperators.h (a + b) brings every operator header: 9 s a file instead of 3.
  target_compile_definitions(assay::torch INTERFACE AT_PER_OPERATOR_HEADERS)
  set(torch_libraries torch torch_cpu c10)
  if(LibTorch_CUDA)
    # Nothing refers to the CUDA libraries by symbol: they register themselves when loaded.
    list(APPEND torch_libraries torch_cuda c10_cuda)
    target_compile_definitions(assay::torch INTERFACE ASSAY_WITH_CUDA=1)
    target_link_options(assay::torch INTERFACE LINKER:--no-as-needed LINKER:--allow-shlib-undefined)
  endif()
  list(TRANSFORM torch_libraries REPLACE "(.+)" "${LibTorch_ROOT_DIR}/lib/lib\\1.so")
  target_link_libraries(assay::torch INTERFACE ${torch_libraries})

  # at::parallel_for is a loop without OpenMP; it must be the runtime that LibTorch itself uses.
  add_library(assay::openmp INTERFACE IMPORTED)
  target_compile_options(assay::openmp INTERFACE -fopenmp)
  file(GLOB openmp_runtime ${LibTorch_ROOT_DIR}/lib/libgomp*.so*)
  if(NOT openmp_runtime)
    set(openmp_runtime -fopenmp)
  endif()
  target_link_libraries(assay::openmp INTERFACE ${openmp_runtime})
endif()
