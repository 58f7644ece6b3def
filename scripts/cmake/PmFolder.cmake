# pm_folder(NAME SOURCES file... [USES target...] [HIDDEN target...])
#
# One static library for the folder that calls it. Its headers are seen by whoever links it, and by
# nobody else. USES: folders that its headers include; HIDDEN: those that only its .c files include.
# A folder without .c files (headers only) leaves SOURCES out.
function(pm_folder name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;HIDDEN" ${ARGN})
  if(arg_SOURCES)
    add_library(${name} STATIC ${arg_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${arg_USES} PRIVATE ${arg_HIDDEN})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${arg_USES})
  endif()
endfunction()
