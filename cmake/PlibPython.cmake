# Where Python modules go: the wheel's site-packages under pip, ament's folder under colcon.
find_package(Python3 REQUIRED COMPONENTS Interpreter Development.Module)

if(SKBUILD)
  set(PLIB_PYTHON_DIR "${SKBUILD_PLATLIB_DIR}")
  # From <prefix>/lib/pythonX.Y/site-packages/plib_py to <prefix>/lib.
  set(PLIB_PYTHON_TO_LIB "../../..")
else()
  if(NOT PYTHON_INSTALL_DIR)
    set(PYTHON_INSTALL_DIR
      "lib/python${Python3_VERSION_MAJOR}.${Python3_VERSION_MINOR}/site-packages")
  endif()
  set(PLIB_PYTHON_DIR "${PYTHON_INSTALL_DIR}")
  file(RELATIVE_PATH PLIB_PYTHON_TO_LIB "/${PYTHON_INSTALL_DIR}/plib_py" "/lib")
endif()
