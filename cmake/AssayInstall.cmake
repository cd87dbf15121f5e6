# What `cmake --install` puts where, and the CMake package `assay`, which can also be used from the
# build tree: find_package(assay HINTS <build or prefix>).
#
#   bin/assay, bin/assay-worker
#   lib/libassay_kernels.so
#   lib/assay/plugins/{recall,rank,rerank}/<name>.so    the same bytes as in the build tree
#   lib/assay/plugins/<kind>/<name>.checks.json         what its check against the contract found
#   lib/cmake/assay/                                    find_package(assay), assay_add_plugin()
#   include/assay/                                      the SDK
#   include/assay/extra/, lib/libassay_extra.a          what our strategies share: assay::extra
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

function(assay_install_package)
  set(package lib/cmake/assay)
  set(modules ${PROJECT_SOURCE_DIR}/cmake/AssayPlugin.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindLibTorch.cmake)
  string(REGEX MATCH "^[0-9]+" assay_COMPILER_MAJOR ${CMAKE_CXX_COMPILER_VERSION})
  set(version_file ${PROJECT_BINARY_DIR}/assayConfigVersion.cmake)
  write_basic_package_version_file(${version_file} COMPATIBILITY SameMajorVersion)

  # In the build tree the package lies at the top, its modules in cmake/.
  set(assay_MODULE_DIR ${PROJECT_SOURCE_DIR}/cmake)
  configure_file(cmake/assayConfig.cmake.in ${PROJECT_BINARY_DIR}/assayConfig.cmake @ONLY)
  export(TARGETS assay_params assay_sdk assay_kernels assay_extra NAMESPACE assay:: FILE assayTargets.cmake)

  set(assay_MODULE_DIR "\${CMAKE_CURRENT_LIST_DIR}")
  set(assay_SDK_DIR "\${CMAKE_CURRENT_LIST_DIR}/../../../include")
  set(installed_config ${PROJECT_BINARY_DIR}/installed/assayConfig.cmake)
  configure_file(cmake/assayConfig.cmake.in ${installed_config} @ONLY)
  install(TARGETS assay_params assay_sdk assay_kernels assay_extra EXPORT assayTargets
          LIBRARY DESTINATION lib ARCHIVE DESTINATION lib)
  install(EXPORT assayTargets NAMESPACE assay:: DESTINATION ${package})
  install(FILES ${installed_config} ${version_file} ${modules} DESTINATION ${package})
  install(DIRECTORY core/sdk/assay DESTINATION include FILES_MATCHING PATTERN "*.h")
  install(DIRECTORY plugins/common/ DESTINATION include/assay/extra FILES_MATCHING PATTERN "*.h"
          PATTERN "README.md" PATTERN "exported" EXCLUDE)
endfunction()

# What is installed finds the wheels where they lie; only the worker's side has a path to LibTorch.
function(assay_install_programs)
  set(torch ${LibTorch_ROOT_DIR}/lib)
  set_target_properties(assay_kernels PROPERTIES INSTALL_RPATH ${torch})
  if(TARGET assay-worker)
    set_target_properties(assay-worker PROPERTIES INSTALL_RPATH "$ORIGIN/../lib;${torch}")
    install(TARGETS assay-worker RUNTIME DESTINATION bin)
  endif()
  if(TARGET assay)
    cmake_path(GET ArrowWheel_ARROW PARENT_PATH arrow)
    set_target_properties(assay PROPERTIES INSTALL_RPATH ${arrow})
    install(TARGETS assay RUNTIME DESTINATION bin)
  endif()
  foreach(kind IN ITEMS recall rank rerank)
    get_property(plugins GLOBAL PROPERTY ASSAY_PLUGINS_${kind})
    if(plugins)
      install(TARGETS ${plugins} LIBRARY DESTINATION lib/assay/plugins/${kind})
      get_property(checks GLOBAL PROPERTY ASSAY_CHECKS_${kind})
      install(FILES ${checks} DESTINATION lib/assay/plugins/${kind})
    endif()
  endforeach()
endfunction()
