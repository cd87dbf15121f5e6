# Embeds the files of the HTML report into the target that writes it.
#
#   assay_page_files(<target> <folder>)
#
# <folder> has page.html, style.css and any number of .js files. Vega, Vega-Lite and Vega-Embed come
# from npm (tools/setup.sh); where they are missing, reports show tables instead of charts.
include_guard(GLOBAL)

set(ASSAY_VEGA_DIR ${PROJECT_SOURCE_DIR}/.venv/share/vega/node_modules
    CACHE PATH "Where npm put vega, vega-lite and vega-embed")

enable_language(ASM)

function(assay_page_files target folder)
  file(GLOB scripts CONFIGURE_DEPENDS ${folder}/*.js)
  list(SORT scripts)
  set(charts)
  foreach(name IN ITEMS vega vega-lite vega-embed)
    file(GLOB found CONFIGURE_DEPENDS ${ASSAY_VEGA_DIR}/${name}/build/${name}.min.js)
    list(APPEND charts ${found})
  endforeach()
  list(LENGTH charts count)
  if(count LESS 3)
    message(STATUS "Vega is not in ${ASSAY_VEGA_DIR}: reports will have tables instead of charts")
    set(charts)
  endif()

  set(html ${folder}/page.html)
  set(style ${folder}/style.css)
  set(text ".section .rodata\n")
  foreach(name IN ITEMS html style scripts charts)
    string(APPEND text ".global assay_page_${name}\nassay_page_${name}:\n")
    foreach(file IN LISTS ${name})
      string(APPEND text ".incbin \"${file}\"\n.byte 10\n")
    endforeach()
    string(APPEND text ".Lend_${name}:\n.balign 8\n.global assay_page_${name}_size\n"
                       "assay_page_${name}_size: .quad .Lend_${name} - assay_page_${name}\n")
  endforeach()
  string(APPEND text ".section .note.GNU-stack,\"\",%progbits\n")

  set(source ${CMAKE_CURRENT_BINARY_DIR}/page_files.S)
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS
                                                   "${html};${style};${scripts};${charts}")
  # A library of its own, because the warnings of C++ are none of an assembler's options.
  add_library(${target}_page OBJECT ${source})
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_page>)
endfunction()
