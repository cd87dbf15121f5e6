# Part of the installed package as well: what builds a plugin in this tree builds it outside.
#
#   assay_add_plugin(<name> <source>... [LIBS <library or target>...] [THREADS])
#
# makes the shared library <name>.so from the sources. torch::nn and torch::optim are on its include
# path (docs/a-trained-model.md says what each header costs).
#
#   LIBS      links other libraries: targets, or files by their path. The folder of each that is a
#             shared library outside the system's folders becomes a search path (RUNPATH) of the
#             plugin, relative to it where the library is built by the same project.
#   THREADS   makes at::parallel_for parallel, by the OpenMP that LibTorch itself uses. Without it
#             the same calls are loops.
#
# The same sources give the same bytes in any directory: no path of the machine is left in a plugin,
# and without a shared library in LIBS it has no search path, since the program that loads it has
# LibTorch and the kernels loaded already. Builds with debug information keep the paths of their
# sources, which a debugger needs.
include_guard(GLOBAL)

function(assay_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS" "" "LIBS")
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE assay::sdk assay::kernels ${arg_LIBS})
  if(arg_THREADS)
    target_link_libraries(${name} PRIVATE assay::openmp)
  endif()
  target_include_directories(
    ${name} SYSTEM PRIVATE ${LibTorch_ROOT_DIR}/include/torch/csrc/api/include)
  target_compile_features(${name} PRIVATE cxx_std_20)
  assay_plugin_options(${name})
  # What is missing shows when it is linked, not when it is loaded.
  target_link_options(${name} PRIVATE LINKER:-z,defs)
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
  if(arg_LIBS)
    # At the end of the directory, so that targets may be named before they are made.
    cmake_language(EVAL CODE "cmake_language(DEFER CALL assay_find_own_libraries ${name} [[${arg_LIBS}]])")
  endif()
endfunction()

function(assay_plugin_options name)
  set(keeps_paths "$<CONFIG:Debug,RelWithDebInfo>")
  foreach(map IN ITEMS ${CMAKE_CURRENT_SOURCE_DIR}/= ${CMAKE_CURRENT_BINARY_DIR}/=
                       ${LibTorch_ROOT_DIR}/=torch/ ${assay_SDK_DIR}/=)
    target_compile_options(${name} PRIVATE $<$<NOT:${keeps_paths}>:-ffile-prefix-map=${map}>)
  endforeach()
  target_compile_options(
    ${name}
    PRIVATE -frandom-seed=${name}
            $<$<CONFIG:Debug>:-D_GLIBCXX_ASSERTIONS>
            # A project that names no build type still gets a fast plugin.
            $<$<CONFIG:>:-O3>
            $<$<CONFIG:>:-DNDEBUG>)
  if(assay_MARCH) # set by the installed package
    target_compile_options(${name} PRIVATE -march=${assay_MARCH})
  endif()
endfunction()

# Gives a plugin the folders of its own shared libraries as search paths.
function(assay_find_own_libraries name libraries)
  assay_library_folders(folders ${name} ${libraries})
  list(REMOVE_DUPLICATES folders)
  set_target_properties(${name} PROPERTIES INSTALL_RPATH "${folders}")
endfunction()

# The folders of the shared libraries among `ARGN` and of those that they link in turn.
function(assay_library_folders result name)
  set(system ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES} ${LibTorch_ROOT_DIR}/lib /lib /usr/lib)
  set(folders)
  set(waiting ${ARGN})
  set(seen)
  while(waiting)
    list(POP_FRONT waiting library)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" library "${library}")
    if(library IN_LIST seen OR library MATCHES "^assay::")
      continue()
    endif()
    list(APPEND seen ${library})
    set(folder)
    if(TARGET ${library})
      assay_target_folder(folder ${name} ${library})
      get_target_property(further ${library} INTERFACE_LINK_LIBRARIES)
      if(further)
        list(APPEND waiting ${further})
      endif()
    elseif(IS_ABSOLUTE "${library}" AND library MATCHES "\\.so(\\.[0-9]+)*$")
      cmake_path(GET library PARENT_PATH folder)
    endif()
    if(folder AND NOT folder IN_LIST system)
      list(APPEND folders ${folder})
    endif()
  endwhile()
  set(${result} ${folders} PARENT_SCOPE)
endfunction()

# The folder of a target that is a shared library; empty for any other.
function(assay_target_folder result name target)
  set(${result} "" PARENT_SCOPE)
  get_target_property(type ${target} TYPE)
  get_target_property(imported ${target} IMPORTED)
  if(NOT type MATCHES "^(SHARED|UNKNOWN)_LIBRARY$")
    return()
  endif()
  if(NOT imported)
    set(from $<TARGET_FILE_DIR:${name}>)
    set(${result} "$ORIGIN/$<PATH:RELATIVE_PATH,$<TARGET_FILE_DIR:${target}>,${from}>" PARENT_SCOPE)
    return()
  endif()
  get_target_property(file ${target} LOCATION)
  if(file MATCHES "\\.so(\\.[0-9]+)*$")
    cmake_path(GET file PARENT_PATH folder)
    set(${result} ${folder} PARENT_SCOPE)
  endif()
endfunction()
