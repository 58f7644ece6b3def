# pm_lines(TARGET HEADER NAME=FILE...)
#
# A header of TARGET's own with #define PM_LINES_NAME for each NAME (in capitals, '-' as '_'): the
# lines of its FILEs that are neither blank nor comment, counted again whenever one of them changes;
# and PM_LINES_ROWS, the names with their lines as the rows of a table.
#
# The same file, run as a script (cmake -P), does the counting.
function(pm_lines target header)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/generated)
  set(files "")
  foreach(pair ${ARGN})
    string(REGEX REPLACE "^[^=]*=" "" file ${pair})
    list(APPEND files ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()
  string(REPLACE ";" "," pairs "${ARGN}")
  add_custom_command(OUTPUT ${folder}/${header}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${CMAKE_CURRENT_SOURCE_DIR} -DHEADER=${folder}/${header}
      -DPAIRS=${pairs} -P ${PROJECT_SOURCE_DIR}/scripts/cmake/PmLines.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/scripts/cmake/PmLines.cmake VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${header})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  return()
endif()

function(count_lines out path)
  file(READ ${path} text)
  string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" text "${text}")
  string(REGEX REPLACE "[ \t\r]+" "" text "${text}")
  string(REGEX REPLACE "\n+" "\n" text "\n${text}\n")
  string(REGEX REPLACE "[^\n]" "" text "${text}")
  string(LENGTH "${text}" ends)
  math(EXPR lines "${ends} - 1")
  set(${out} ${lines} PARENT_SCOPE)
endfunction()

string(REPLACE "," ";" pairs "${PAIRS}")
set(names "")
foreach(pair ${pairs})
  string(REGEX MATCH "^([^=]*)=(.*)$" unused "${pair}")
  set(name ${CMAKE_MATCH_1})
  count_lines(lines ${FOLDER}/${CMAKE_MATCH_2})
  list(APPEND names ${name})
  math(EXPR of_${name} "0${of_${name}} + ${lines}")
endforeach()
list(REMOVE_DUPLICATES names)
set(text "")
set(rows "")
foreach(name ${names})
  string(MAKE_C_IDENTIFIER ${name} word)
  string(TOUPPER ${word} word)
  string(APPEND text "#define PM_LINES_${word} ${of_${name}}u\n")
  string(APPEND rows " {\"${name}\", ${of_${name}}u},")
endforeach()
file(WRITE ${HEADER} "${text}#define PM_LINES_ROWS${rows}\n")
