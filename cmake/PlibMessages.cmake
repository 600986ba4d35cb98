# plib's own ROS messages, in msg/. Built for C++, C and Python where ROS's generators are. A wheel has the
# definitions only: plib_py publishes from these, and generated Python modules are of one CPython each.
set(generators FALSE)
if(PLIB_WITH_ROS AND NOT SKBUILD)
  find_package(rosidl_default_generators QUIET)
  find_package(builtin_interfaces QUIET)
  if(rosidl_default_generators_FOUND AND builtin_interfaces_FOUND)
    set(generators TRUE)
  endif()
endif()
option(PLIB_WITH_MESSAGES "Build plib's messages for ROS nodes" ${generators})

if(PLIB_WITH_MESSAGES)
  find_package(rosidl_default_generators REQUIRED)
  find_package(builtin_interfaces REQUIRED)
  file(GLOB messages CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} msg/*.msg)
  rosidl_generate_interfaces(${PROJECT_NAME} ${messages} DEPENDENCIES builtin_interfaces)
  ament_export_dependencies(builtin_interfaces rosidl_default_runtime)
  if(TARGET ${PROJECT_NAME}__rosidl_generator_py)
    # A virtual environment within this tree, as `make venv` makes it, has NumPy's headers in a path that
    # CMake does not let be exported.
    get_target_property(includes ${PROJECT_NAME}__rosidl_generator_py INTERFACE_INCLUDE_DIRECTORIES)
    list(TRANSFORM includes REPLACE "^(${PROJECT_SOURCE_DIR}/.+)$" "$<BUILD_INTERFACE:\\1>")
    set_target_properties(${PROJECT_NAME}__rosidl_generator_py
      PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${includes}")
  endif()
else()
  install(DIRECTORY msg DESTINATION share/${PROJECT_NAME} FILES_MATCHING PATTERN "*.msg")
endif()
