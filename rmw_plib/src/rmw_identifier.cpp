#include "rmw/rmw.h"

#include "identifier.hpp"

namespace rmw_plib
{

const char * const identifier = "rmw_plib";
const char * const serialization_format = "cdr";

}  // namespace rmw_plib

extern "C" {

const char * rmw_get_implementation_identifier() { return rmw_plib::identifier; }

const char * rmw_get_serialization_format() { return rmw_plib::serialization_format; }

}  // extern "C"
