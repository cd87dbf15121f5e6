# A folder of core/ is one target.
#
#   assay_module(<folder> [SHARED] [USES <folder>...] [LIBS <outside library>...])
#   assay_program(<folder> <program> [USES <folder>...] [LIBS <outside library>...])
#
# Both make assay::<folder> from every .cpp of the folder; a program's main.cpp is kept out of it
# and linked with it. USES may name folders that are configured later: links are resolved when the
# build is generated. LIBS stay private, since each outside library has one home folder.
# A folder without a .cpp is its headers only. A SHARED one is shipped to plugin authors: it reaches
# neither fmt nor the other folders.
include_guard(GLOBAL)

# What handles text, files and processes gains nothing from -O3, which costs a twentieth of its
# compile time.
set(ASSAY_FOLDERS_AT_O2 analysis cli config execution metric_catalog page process report results task
    timing worker)

function(assay_module folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHARED" "" "USES;LIBS")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  list(TRANSFORM arg_USES PREPEND assay::)

  set(target assay_${folder})
  set(kind STATIC)
  set(public PUBLIC)
  set(private PRIVATE)
  if(arg_SHARED)
    set(kind SHARED)
  endif()
  if(NOT sources)
    set(kind INTERFACE)
    set(public INTERFACE)
    set(private INTERFACE)
  endif()

  add_library(${target} ${kind} ${sources})
  add_library(assay::${folder} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder})
  target_link_libraries(${target} ${public} ${arg_USES} ${private} ${arg_LIBS})
  if(sources)
    target_compile_options(${target} PRIVATE ${ASSAY_WARNINGS})
    if(folder IN_LIST ASSAY_FOLDERS_AT_O2)
      target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O2>)
    endif()
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/core)
  endif()
  if(NOT arg_SHARED)
    target_include_directories(${target} ${public} ${PROJECT_SOURCE_DIR}/core)
    target_link_libraries(${target} ${public} fmt::fmt)
  endif()
endfunction()

function(assay_program folder program)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "USES;LIBS")
  assay_module(${folder} USES ${arg_USES} LIBS ${arg_LIBS})
  file(GLOB main CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  if(main)
    add_executable(${program} ${main})
    target_compile_options(${program} PRIVATE ${ASSAY_WARNINGS})
    target_link_libraries(${program} PRIVATE assay::${folder} ${arg_LIBS})
  endif()
endfunction()

# Marks a program that loads plugins: they find LibTorch and the kernels in it, so it loads both,
# whether or not its own code calls them.
function(assay_loads_plugins target)
  # Some LibTorch builds export symbols of the libstdc++ they were built with (std::filesystem among
  # them); the system's own, named first and by its path, is asked first.
  execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libstdc++.so
    OUTPUT_VARIABLE system_library OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT EXISTS ${system_library})
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} has no shared libstdc++, which programs and plugins must share. "
                        "Name another compiler: cmake -DCMAKE_CXX_COMPILER=/usr/bin/g++ ...")
  endif()
  target_link_options(${target} PRIVATE LINKER:--no-as-needed ${system_library})
  target_link_libraries(${target} PRIVATE assay::sdk assay::kernels)
endfunction()
