# Writes what links what, as CMake knows it, for the layering test:
#   <target> <folder of core/> <what it links>...
# Called at the very end, so that it sees every target_link_libraries() there was.
include_guard(GLOBAL)

function(assay_write_links file)
  set(lines)
  get_property(folders DIRECTORY ${PROJECT_SOURCE_DIR}/core PROPERTY SUBDIRECTORIES)
  foreach(folder IN LISTS folders)
    cmake_path(GET folder FILENAME name)
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target IN LISTS targets)
      get_target_property(links ${target} LINK_LIBRARIES)
      get_target_property(interface_links ${target} INTERFACE_LINK_LIBRARIES)
      list(APPEND links ${interface_links})
      list(FILTER links EXCLUDE REGEX "-NOTFOUND$")
      list(REMOVE_DUPLICATES links)
      list(JOIN links " " links)
      string(APPEND lines "${target} ${name} ${links}\n")
    endforeach()
  endforeach()
  file(WRITE ${file} "${lines}")
endfunction()
