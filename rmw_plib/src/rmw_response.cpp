#include "rmw/rmw.h"

#include "checks.hpp"
#include "client.hpp"
#include "error.hpp"
#include "service.hpp"

using rmw_plib::Client;
using rmw_plib::Service;

extern "C" {

rmw_ret_t rmw_send_response(
  const rmw_service_t * service, rmw_request_id_t * request_header, void * ros_response)
{
  RMW_PLIB_CHECK_HANDLE(service);
  RMW_PLIB_CHECK_ARGUMENT(request_header);
  RMW_PLIB_CHECK_ARGUMENT(ros_response);
  return rmw_plib::guarded(
    [&] { return Service::from(*service).send_response(*request_header, ros_response); });
}

rmw_ret_t rmw_take_response(
  const rmw_client_t * client, rmw_service_info_t * request_header, void * ros_response,
  bool * taken)
{
  RMW_PLIB_CHECK_HANDLE(client);
  RMW_PLIB_CHECK_ARGUMENT(request_header);
  RMW_PLIB_CHECK_ARGUMENT(ros_response);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  return rmw_plib::guarded(
    [&] { return Client::from(*client).take_response(*request_header, ros_response, *taken); });
}

}  // extern "C"
