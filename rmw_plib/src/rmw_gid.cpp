#include <algorithm>
#include <iterator>

#include "rmw/rmw.h"

#include "checks.hpp"
#include "client.hpp"
#include "gid.hpp"
#include "publisher.hpp"

extern "C" {

rmw_ret_t rmw_get_gid_for_publisher(const rmw_publisher_t * publisher, rmw_gid_t * gid)
{
  RMW_PLIB_CHECK_HANDLE(publisher);
  RMW_PLIB_CHECK_ARGUMENT(gid);
  rmw_plib::copy_gid(rmw_plib::Publisher::from(*publisher).writer().gid(), *gid);
  return RMW_RET_OK;
}

rmw_ret_t rmw_get_gid_for_client(const rmw_client_t * client, rmw_gid_t * gid)
{
  RMW_PLIB_CHECK_HANDLE(client);
  RMW_PLIB_CHECK_ARGUMENT(gid);
  rmw_plib::copy_gid(rmw_plib::Client::from(*client).gid(), *gid);
  return RMW_RET_OK;
}

rmw_ret_t rmw_compare_gids_equal(const rmw_gid_t * gid1, const rmw_gid_t * gid2, bool * result)
{
  RMW_PLIB_CHECK_HANDLE(gid1);
  RMW_PLIB_CHECK_HANDLE(gid2);
  RMW_PLIB_CHECK_ARGUMENT(result);
  *result = std::equal(std::begin(gid1->data), std::end(gid1->data), std::begin(gid2->data));
  return RMW_RET_OK;
}

}  // extern "C"
