#include "names.hpp"

#include <cstddef>
#include <cstring>
#include <string>

#include "plib/types.h"
#include "rmw/error_handling.h"
#include "rmw/validate_full_topic_name.h"
#include "rmw/validate_namespace.h"
#include "rmw/validate_node_name.h"

#include "error.hpp"

namespace rmw_plib
{

namespace
{

void check(
  const char * what, const char * name, int valid,
  rmw_ret_t (*validate)(const char *, int *, size_t *), const char * (*explain)(int))
{
  int result = valid;
  size_t index = 0;
  const rmw_ret_t ret = validate(name, &result, &index);
  if (ret != RMW_RET_OK) {
    const std::string text = rmw_get_error_string().str;
    rmw_reset_error();
    throw Error(ret, text);
  }
  if (result != valid) {
    throw Error(
      RMW_RET_INVALID_ARGUMENT, std::string("invalid ") + what + " '" + name + "' at character " +
                                  std::to_string(index) + ": " + explain(result));
  }
}

}  // namespace

void check_node_name(const char * name)
{
  check(
    "node name", name, RMW_NODE_NAME_VALID, rmw_validate_node_name,
    rmw_node_name_validation_result_string);
}

void check_namespace(const char * node_namespace)
{
  check(
    "namespace", node_namespace, RMW_NAMESPACE_VALID, rmw_validate_namespace,
    rmw_namespace_validation_result_string);
}

void check_topic_name(const char * name, bool any_name)
{
  if (name[0] == '\0') {
    throw Error(RMW_RET_INVALID_ARGUMENT, "the topic or service name is an empty string");
  }
  if (std::strlen(name) >= PLIB_NAME_SIZE) {
    throw Error(
      RMW_RET_INVALID_ARGUMENT, std::string("topic or service name '") + name +
                                  "' is longer than " + std::to_string(PLIB_NAME_SIZE - 1) +
                                  " characters");
  }
  if (!any_name) {
    check(
      "topic or service name", name, RMW_TOPIC_VALID, rmw_validate_full_topic_name,
      rmw_full_topic_name_validation_result_string);
  }
}

}  // namespace rmw_plib
