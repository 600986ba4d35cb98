#include "rmw/rmw.h"

#include "checks.hpp"
#include "client.hpp"
#include "error.hpp"
#include "service.hpp"

using rmw_plib::Client;
using rmw_plib::Service;

extern "C" {

rmw_ret_t rmw_send_request(
  const rmw_client_t * client, const void * ros_request, int64_t * sequence_id)
{
  RMW_PLIB_CHECK_HANDLE(client);
  RMW_PLIB_CHECK_ARGUMENT(ros_request);
  RMW_PLIB_CHECK_ARGUMENT(sequence_id);
  return rmw_plib::guarded(
    [&] { return Client::from(*client).send_request(ros_request, *sequence_id); });
}

rmw_ret_t rmw_take_request(
  const rmw_service_t * service, rmw_service_info_t * request_header, void * ros_request,
  bool * taken)
{
  RMW_PLIB_CHECK_HANDLE(service);
  RMW_PLIB_CHECK_ARGUMENT(request_header);
  RMW_PLIB_CHECK_ARGUMENT(ros_request);
  RMW_PLIB_CHECK_ARGUMENT(taken);
  return rmw_plib::guarded(
    [&] { return Service::from(*service).take_request(*request_header, ros_request, *taken); });
}

}  // extern "C"
