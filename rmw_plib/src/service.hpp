#ifndef SERVICE_HPP_
#define SERVICE_HPP_

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "rmw/types.h"

#include "node.hpp"
#include "reader.hpp"
#include "type_support.hpp"
#include "writer.hpp"

namespace rmw_plib
{

/// The topic that carries the replies to one client, and to nobody else.
std::string reply_topic(const Gid & client);

/// A service server: a reader of requests, and a writer of replies for each client it has answered.
class Service
{
public:
  /// Throws Error.
  Service(
    const Node & node, const rosidl_service_type_support_t * type_support, const char * name,
    const rmw_qos_profile_t & qos);

  Service(const Service &) = delete;
  Service & operator=(const Service &) = delete;

  static Service & from(const rmw_service_t & handle) noexcept
  {
    return *static_cast<Service *>(handle.data);
  }

  /// Leave the graph, before destruction; RMW_RET_ERROR when plibd may still show the service.
  rmw_ret_t close() noexcept;

  rmw_service_t * handle() noexcept { return &handle_; }
  const rmw_qos_profile_t & qos() const noexcept { return qos_; }
  const Reader & reader() const noexcept { return requests_; }

  rmw_ret_t take_request(rmw_service_info_t & info, void * ros_request, bool & taken);

  /// RMW_RET_OK, with nothing sent, when the client is gone.
  rmw_ret_t send_response(const rmw_request_id_t & request, const void * ros_response);

private:
  rmw_ret_t find_reply_writer(const Gid & client, std::shared_ptr<Writer> & writer);
  std::shared_ptr<Writer> make_reply_writer(const Gid & client) const;
  void drop_idle_reply_writers();

  std::shared_ptr<Participant> participant_;
  uint32_t node_;
  std::string name_;
  ServiceType type_;
  rmw_qos_profile_t qos_;
  Reader requests_;
  std::mutex mutex_;
  std::map<Gid, std::shared_ptr<Writer>> replies_;  // guarded by mutex_; each has been matched
  rmw_service_t handle_{};
};

}  // namespace rmw_plib

#endif  // SERVICE_HPP_
