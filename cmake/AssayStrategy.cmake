# The strategies of this tree, and what they share.
#
#   assay_strategy(<kind> <name> [SOURCES <file>...] [USES <topic>...] [LIBS <outside library>...]
#                  [TORCH_NN] [NEEDS_FILE] [INTO <folder>])
#
# makes <kind>/<name>.so in plugins/ of the build tree (or in INTO) from SOURCES, or from every .cpp
# of the current folder. The target is <kind>_<name>, so that one name may stand in two kinds. USES
# names topics of plugins/common; without it all of them are linked. LIBS are libraries that this
# strategy alone needs. TORCH_NN puts torch/nn and torch/optim on its include path; the others cannot
# include by accident what costs 10 s a file.
#
# Without INTO the strategy is checked against the plugin contract once it is built, and the result
# lies beside it as <name>.checks.json, with the hash of the library that it is about: runs show it.
# A check that fails does not stop the build, the tests of the contract say so. NEEDS_FILE: it cannot
# be made without a file, so it is not checked.
#
# What a folder holds besides <name>.cpp is also a static library, assay::<kind>_<name>, so that
# tests reach it.
#
#   assay_topic(<topic> [USES <topic>...] [LIBS <outside library>...] [APART])
#
# makes assay::extra_<topic> from every .cpp of the current folder, a folder of plugins/common. A topic
# that is APART is linked where USES names it alone, and is no part of assay::extra: what it needs of
# the machine would be needed by every plugin.
#
#   assay_extra()
#
# makes assay::extra, all topics in one static library: what is installed for authors of plugins.
include_guard(GLOBAL)

# One spelling of the include everywhere: <assay/extra/<topic>/<header>.h>, in this tree, in the
# package of the build tree and in the installed one.
set(ASSAY_EXTRA_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)

# What every target of plugins/ is compiled with; no path of the machine stays in the objects.
function(assay_strategy_options target)
  target_compile_options(${target} PRIVATE ${ASSAY_PLUGIN_WARNINGS} -ffile-prefix-map=${LibTorch_ROOT_DIR}/=torch/
                                           -ffile-prefix-map=${ASSAY_EXTRA_INCLUDE_DIR}/=)
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

function(assay_topic topic)
  cmake_parse_arguments(PARSE_ARGV 1 arg "APART" "" "USES;LIBS")
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(target assay_extra_${topic})
  add_library(${target} STATIC ${sources})
  add_library(assay::extra_${topic} ALIAS ${target})
  list(TRANSFORM arg_USES PREPEND assay::extra_)
  target_link_libraries(${target} PUBLIC assay::sdk assay::kernels ${arg_USES} PRIVATE ${arg_LIBS})
  target_include_directories(${target} PUBLIC ${ASSAY_EXTRA_INCLUDE_DIR})
  assay_strategy_options(${target})
  if(arg_APART)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY ASSAY_TOPICS ${topic})
  set_property(GLOBAL APPEND PROPERTY ASSAY_TOPIC_LIBS ${arg_LIBS})
endfunction()

function(assay_extra)
  get_property(topics GLOBAL PROPERTY ASSAY_TOPICS)
  get_property(libraries GLOBAL PROPERTY ASSAY_TOPIC_LIBS)
  list(TRANSFORM topics REPLACE "(.+)" "$<TARGET_OBJECTS:assay_extra_\\1>" OUTPUT_VARIABLE objects)
  add_library(assay_extra STATIC ${objects})
  add_library(assay::extra ALIAS assay_extra)
  set_target_properties(assay_extra PROPERTIES EXPORT_NAME extra LINKER_LANGUAGE CXX)
  target_link_libraries(assay_extra PUBLIC assay::sdk assay::kernels PRIVATE ${libraries})
  target_include_directories(
    assay_extra INTERFACE $<BUILD_INTERFACE:${ASSAY_EXTRA_INCLUDE_DIR}> $<INSTALL_INTERFACE:include>)
  target_compile_options(assay_extra
                         INTERFACE $<BUILD_INTERFACE:-ffile-prefix-map=${ASSAY_EXTRA_INCLUDE_DIR}/=>)
endfunction()

function(assay_strategy kind name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "TORCH_NN;NEEDS_FILE" "INTO" "SOURCES;USES;LIBS")
  set(target ${kind}_${name})
  set(sources ${arg_SOURCES})
  if(NOT sources)
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  endif()
  if(NOT arg_USES)
    get_property(arg_USES GLOBAL PROPERTY ASSAY_TOPICS)
  endif()
  list(TRANSFORM arg_USES PREPEND assay::extra_)

  set(parts ${sources})
  list(FILTER sources INCLUDE REGEX "(^|/)${name}\\.cpp$")
  list(REMOVE_ITEM parts ${sources})
  assay_add_plugin(${target} ${sources})
  assay_strategy_options(${target})
  set(targets ${target})
  if(parts)
    add_library(${target}_parts STATIC ${parts})
    add_library(assay::${target} ALIAS ${target}_parts)
    target_link_libraries(${target}_parts PUBLIC assay::sdk assay::kernels)
    assay_strategy_options(${target}_parts)
    list(APPEND targets ${target}_parts)
    target_link_libraries(${target} PRIVATE ${target}_parts)
    set_property(GLOBAL APPEND PROPERTY ASSAY_STRATEGY_PARTS assay::${target})
  endif()
  foreach(each IN LISTS targets)
    target_link_libraries(${each} PRIVATE ${arg_USES} ${arg_LIBS})
  endforeach()
  set(torch_nn ${LibTorch_ROOT_DIR}/include/torch/csrc/api/include)
  if(arg_TORCH_NN AND parts)
    target_include_directories(${target}_parts SYSTEM PRIVATE ${torch_nn})
  elseif(NOT arg_TORCH_NN)
    get_target_property(folders ${target} INCLUDE_DIRECTORIES)
    list(REMOVE_ITEM folders ${torch_nn})
    set_target_properties(${target} PROPERTIES INCLUDE_DIRECTORIES "${folders}")
  endif()

  set(into ${PROJECT_BINARY_DIR}/plugins)
  if(arg_INTO)
    set(into ${arg_INTO})
  else()
    add_dependencies(assay_plugins ${target})
    if(NOT arg_NEEDS_FILE)
      assay_record_checks(${target} ${PROJECT_BINARY_DIR}/plugins/${kind}/${name}.checks.json)
      add_dependencies(assay_plugins ${target}_checks)
    endif()
    set_property(GLOBAL APPEND PROPERTY ASSAY_PLUGINS_${kind} ${target})
  endif()
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${into}/${kind})
endfunction()

# What `assay check` finds of a plugin, into a file: the file is made again where the plugin or the
# program that checks it has changed.
function(assay_record_checks target file)
  add_custom_command(
    OUTPUT ${file}
    COMMAND assay-worker --check $<TARGET_FILE:${target}> --format none --record ${file}
    DEPENDS ${target} assay-worker
    COMMENT "Checking ${target} against the plugin contract"
    VERBATIM)
  add_custom_target(${target}_checks ALL DEPENDS ${file})
  set_property(GLOBAL APPEND PROPERTY ASSAY_CHECKS_${kind} ${file})
endfunction()
