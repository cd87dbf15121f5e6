# Finds Arrow C++ and Parquet on CMAKE_PREFIX_PATH, or else in ArrowWheel_DEFAULT_DIRS, inside the
# `pyarrow` wheel, which ships headers and libraries but no CMake package. Defines
# Arrow::arrow_shared, Arrow::parquet_shared and ArrowWheel_VERSION.
include_guard(GLOBAL)

find_path(
  ArrowWheel_INCLUDE_DIR arrow/api.h
  PATHS ${ArrowWheel_DEFAULT_DIRS}
  PATH_SUFFIXES pyarrow/include)
mark_as_advanced(ArrowWheel_INCLUDE_DIR)
if(ArrowWheel_INCLUDE_DIR)
  file(REAL_PATH ${ArrowWheel_INCLUDE_DIR}/.. wheel)
  # The wheel names its libraries by soname only: libarrow.so.2600.
  file(GLOB ArrowWheel_ARROW ${wheel}/libarrow.so.*00)
  file(GLOB ArrowWheel_PARQUET ${wheel}/libparquet.so.*00)
  file(STRINGS ${ArrowWheel_INCLUDE_DIR}/arrow/util/config.h version_line
       REGEX "ARROW_VERSION_STRING")
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" ArrowWheel_VERSION "${version_line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  ArrowWheel
  REQUIRED_VARS ArrowWheel_ARROW ArrowWheel_PARQUET ArrowWheel_INCLUDE_DIR
  VERSION_VAR ArrowWheel_VERSION)

if(ArrowWheel_FOUND AND NOT TARGET Arrow::arrow_shared)
  foreach(name IN ITEMS arrow parquet)
    string(TOUPPER ${name} upper)
    add_library(Arrow::${name}_shared SHARED IMPORTED)
    set_target_properties(
      Arrow::${name}_shared
      PROPERTIES IMPORTED_LOCATION ${ArrowWheel_${upper}}
                 INTERFACE_INCLUDE_DIRECTORIES ${ArrowWheel_INCLUDE_DIR})
  endforeach()
  target_link_libraries(Arrow::parquet_shared INTERFACE Arrow::arrow_shared)
endif()
