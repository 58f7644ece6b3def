# pm_test(NAME LABEL unit|property|integration|cli|fuzz USES target... [SOURCES file...] [ARGS ...])
#
# One cmocka executable from NAME.c (or SOURCES). Exit code 77 means skipped, with a sentence.
function(pm_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;USES;ARGS" ${ARGN})
  if(NOT arg_SOURCES)
    set(arg_SOURCES ${name}.c)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_USES} PkgConfig::CMOCKA)
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} SKIP_RETURN_CODE 77
    TIMEOUT ${arg_TIMEOUT})
endfunction()
