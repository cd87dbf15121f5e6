# Part of the installed package as well: what builds a plugin in this tree builds it outside.
#
#   assay_add_plugin(<name> <source>...)
#
# makes the shared library <name>.so from the sources. The same sources give the same bytes in any
# directory: no path of the machine is left in it, and it has no search path for libraries, since
# the program that loads it has LibTorch and the kernels loaded already.
include_guard(GLOBAL)

function(assay_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE assay::sdk assay::kernels)
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(
    ${name}
    PRIVATE -frandom-seed=${name}
            -ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}/=
            -ffile-prefix-map=${CMAKE_CURRENT_BINARY_DIR}/=
            -ffile-prefix-map=${LibTorch_ROOT_DIR}/=torch/
            -ffile-prefix-map=${assay_SDK_DIR}/=
            # A project that names no build type still gets a fast plugin.
            $<$<CONFIG:>:-O3>
            $<$<CONFIG:>:-DNDEBUG>)
  # What is missing shows when it is linked, not when it is loaded.
  target_link_options(${name} PRIVATE LINKER:-z,defs)
  if(assay_MARCH) # set by the installed package
    target_compile_options(${name} PRIVATE -march=${assay_MARCH})
  endif()
  set_target_properties(
    ${name}
    PROPERTIES PREFIX ""
               DEFINE_SYMBOL ""
               CXX_EXTENSIONS OFF
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               BUILD_WITH_INSTALL_RPATH ON
               INSTALL_RPATH ""
               INSTALL_RPATH_USE_LINK_PATH OFF)
endfunction()
