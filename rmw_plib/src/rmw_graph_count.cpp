#include "rmw/rmw.h"

#include "checks.hpp"
#include "error.hpp"
#include "graph.hpp"
#include "names.hpp"
#include "node.hpp"

namespace
{

rmw_ret_t count_endpoints(
  const rmw_node_t * node, const char * name, plib_kind kind, size_t * count)
{
  RMW_PLIB_CHECK_HANDLE(node);
  RMW_PLIB_CHECK_ARGUMENT(name);
  RMW_PLIB_CHECK_ARGUMENT(count);
  return rmw_plib::guarded([&] {
    rmw_plib::check_topic_name(name);
    const rmw_plib::Graph graph(*rmw_plib::Node::from(*node).participant());
    *count = graph.count(kind, name);
    return RMW_RET_OK;
  });
}

}  // namespace

extern "C" {

rmw_ret_t rmw_count_publishers(const rmw_node_t * node, const char * topic_name, size_t * count)
{
  return count_endpoints(node, topic_name, PLIB_KIND_PUBLISHER, count);
}

rmw_ret_t rmw_count_subscribers(const rmw_node_t * node, const char * topic_name, size_t * count)
{
  return count_endpoints(node, topic_name, PLIB_KIND_SUBSCRIPTION, count);
}

rmw_ret_t rmw_count_clients(const rmw_node_t * node, const char * service_name, size_t * count)
{
  return count_endpoints(node, service_name, PLIB_KIND_CLIENT, count);
}

rmw_ret_t rmw_count_services(const rmw_node_t * node, const char * service_name, size_t * count)
{
  return count_endpoints(node, service_name, PLIB_KIND_SERVER, count);
}

}  // extern "C"
