# Every outside library, found once. Each has one home folder in core/ (core/README.md), and only
# that folder links it.
include_guard(GLOBAL)

# The wheels in .venv are where to look when the caller names no other place.
file(GLOB ArrowWheel_DEFAULT_DIRS ${PROJECT_SOURCE_DIR}/.venv/lib/python3.*/site-packages)
file(GLOB LibTorch_DEFAULT_DIRS ${PROJECT_SOURCE_DIR}/.venv/lib/python3.*/site-packages/torch)

find_package(LibTorch 2.11)
if(NOT LibTorch_FOUND)
  message(FATAL_ERROR "LibTorch 2.11 or newer was not found. Run `make setup`, or name it: "
                      "cmake -DCMAKE_PREFIX_PATH=/path/to/libtorch ...")
endif()

set(Boost_NO_BOOST_CMAKE OFF)
find_package(Boost 1.74 REQUIRED CONFIG COMPONENTS headers)
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
find_package(SQLite3 3.40 REQUIRED)
find_package(SQLiteCpp 3.2 REQUIRED)
find_package(Threads REQUIRED)

find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
find_library(XXHASH_LIBRARY xxhash REQUIRED)
mark_as_advanced(XXHASH_INCLUDE_DIR XXHASH_LIBRARY)
add_library(xxhash::xxhash UNKNOWN IMPORTED)
set_target_properties(xxhash::xxhash PROPERTIES IMPORTED_LOCATION ${XXHASH_LIBRARY})

# Headers alone, of one strategy alone: plugins/recall/ann.
find_path(HNSWLIB_INCLUDE_DIR hnswlib/hnswlib.h REQUIRED)
mark_as_advanced(HNSWLIB_INCLUDE_DIR)
add_library(hnswlib::hnswlib INTERFACE IMPORTED)
target_include_directories(hnswlib::hnswlib SYSTEM INTERFACE ${HNSWLIB_INCLUDE_DIR})

# Of plugins/rank/gbdt alone.
find_path(XGBOOST_INCLUDE_DIR xgboost/c_api.h REQUIRED)
find_library(XGBOOST_LIBRARY xgboost REQUIRED)
mark_as_advanced(XGBOOST_INCLUDE_DIR XGBOOST_LIBRARY)
add_library(xgboost::xgboost UNKNOWN IMPORTED)
set_target_properties(xgboost::xgboost PROPERTIES IMPORTED_LOCATION ${XGBOOST_LIBRARY})
target_include_directories(xgboost::xgboost SYSTEM INTERFACE ${XGBOOST_INCLUDE_DIR})

if(ASSAY_COORDINATOR)
  find_package(CLI11 2.1 REQUIRED)
  find_package(yaml-cpp 0.7 REQUIRED)
  find_package(ArrowWheel REQUIRED)
  find_package(LibLZMA 5.2 REQUIRED)

  # Headers alone, in a namespace of our own.
  find_path(RAPIDJSON_INCLUDE_DIR rapidjson/document.h REQUIRED)
  mark_as_advanced(RAPIDJSON_INCLUDE_DIR)
  add_library(rapidjson::rapidjson INTERFACE IMPORTED)
  target_include_directories(rapidjson::rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIR})
endif()

if(ASSAY_TESTS)
  find_package(GTest 1.12 REQUIRED)
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
  find_package(benchmark 1.7 REQUIRED)
endif()
