# Find ROS: a sourced underlay, or a virtual environment that holds the ROS wheels, which is an ament
# prefix that nobody sources.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
execute_process(
  COMMAND "${Python3_EXECUTABLE}" -c "import sys; print(sys.prefix)"
  OUTPUT_VARIABLE plib_python_prefix OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT DEFINED ENV{AMENT_PREFIX_PATH} AND EXISTS "${plib_python_prefix}/share/ament_cmake")
  set(ENV{AMENT_PREFIX_PATH} "${plib_python_prefix}")
  # ament's scripts import packages of that environment, which pip hides from an isolated build: by their
  # folder's name, so that a link to it serves.
  execute_process(
    COMMAND "${Python3_EXECUTABLE}" -c "import sysconfig; print(sysconfig.get_path('purelib'))"
    OUTPUT_VARIABLE plib_site_packages OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  file(CREATE_LINK "${plib_site_packages}" "${CMAKE_BINARY_DIR}/site-packages" SYMBOLIC)
  if(DEFINED ENV{PYTHONPATH})
    set(ENV{PYTHONPATH} "$ENV{PYTHONPATH}:${CMAKE_BINARY_DIR}/site-packages")
  else()
    set(ENV{PYTHONPATH} "${CMAKE_BINARY_DIR}/site-packages")
  endif()
endif()
string(REPLACE ":" ";" prefixes "$ENV{AMENT_PREFIX_PATH}")
list(APPEND CMAKE_PREFIX_PATH ${prefixes})

# The package rmw_implementation refuses to be found with a choice that it was not built with.
unset(ENV{RMW_IMPLEMENTATION})

find_package(ament_cmake QUIET)
option(PLIB_WITH_ROS "Build librmw_plib.so" ${ament_cmake_FOUND})
if(NOT PLIB_WITH_ROS)
  return()
endif()

# All else is C: a host or a cross-compiler without C++ builds plib_core and plib_py.
enable_language(CXX)
find_package(ament_cmake REQUIRED)
find_package(ament_cmake_python REQUIRED)
foreach(package IN ITEMS
    fastcdr rcpputils rcutils rmw rosidl_dynamic_typesupport rosidl_runtime_c
    rosidl_typesupport_fastrtps_c rosidl_typesupport_fastrtps_cpp tracetools)
  find_package(${package} REQUIRED)
endforeach()
include(${CMAKE_CURRENT_LIST_DIR}/PlibRe2.cmake)

# A host whose rcl links rmw_implementation picks librmw_plib.so by itself. The ROS wheels have no such
# library (their rcl links Fast DDS directly), so that there plib has to be loaded first.
get_filename_component(PLIB_ROS_PREFIX "${rmw_DIR}/../../.." ABSOLUTE)
find_library(PLIB_RMW_IMPLEMENTATION rmw_implementation HINTS "${PLIB_ROS_PREFIX}/lib")
mark_as_advanced(PLIB_RMW_IMPLEMENTATION)
