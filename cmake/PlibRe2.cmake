# re2::re2, for regular expressions that others' texts meet. Debian 12 has it without a CMake package.
find_package(re2 CONFIG QUIET)
if(NOT TARGET re2::re2)
  find_path(PLIB_RE2_INCLUDE_DIR re2/re2.h)
  find_library(PLIB_RE2_LIBRARY re2)
  if(NOT PLIB_RE2_INCLUDE_DIR OR NOT PLIB_RE2_LIBRARY)
    message(FATAL_ERROR "rmw_plib needs RE2: apt-get install libre2-dev")
  endif()
  add_library(re2::re2 UNKNOWN IMPORTED)
  set_target_properties(re2::re2 PROPERTIES
    IMPORTED_LOCATION "${PLIB_RE2_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${PLIB_RE2_INCLUDE_DIR}")
endif()
