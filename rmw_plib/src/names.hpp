#ifndef NAMES_HPP_
#define NAMES_HPP_

namespace rmw_plib
{

/// Each throws Error(RMW_RET_INVALID_ARGUMENT), which says what is wrong where.
void check_node_name(const char * name);
void check_namespace(const char * node_namespace);

/// A topic or service; `any_name`: no ROS conventions, every name but an empty one will do.
void check_topic_name(const char * name, bool any_name = false);

}  // namespace rmw_plib

#endif  // NAMES_HPP_
