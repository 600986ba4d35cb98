#ifndef CLIENT_HPP_
#define CLIENT_HPP_

#include <cstdint>
#include <memory>
#include <string>

#include "rmw/types.h"

#include "node.hpp"
#include "reader.hpp"
#include "type_support.hpp"
#include "writer.hpp"

namespace rmw_plib
{

/// A service client: a writer of requests, and a reader of the replies that are for it alone.
class Client
{
public:
  /// Throws Error.
  Client(
    const Node & node, const rosidl_service_type_support_t * type_support, const char * name,
    const rmw_qos_profile_t & qos);

  Client(const Client &) = delete;
  Client & operator=(const Client &) = delete;

  static Client & from(const rmw_client_t & handle) noexcept
  {
    return *static_cast<Client *>(handle.data);
  }

  /// Leave the graph, before destruction; RMW_RET_ERROR when plibd may still show the client.
  rmw_ret_t close() noexcept;

  rmw_client_t * handle() noexcept { return &handle_; }
  const rmw_qos_profile_t & qos() const noexcept { return qos_; }
  const Reader & reader() const noexcept { return *replies_; }
  Gid gid() const noexcept { return requests_->gid(); }

  rmw_ret_t send_request(const void * ros_request, int64_t & sequence_id);
  rmw_ret_t take_response(rmw_service_info_t & info, void * ros_response, bool & taken);
  bool server_is_available() const noexcept { return requests_->matched() > 0; }

private:
  std::string name_;
  ServiceType type_;
  rmw_qos_profile_t qos_;
  // Destroyed last, so that a server that still answers sees a client that is gone.
  std::unique_ptr<Reader> replies_;
  std::unique_ptr<Writer> requests_;
  rmw_client_t handle_{};
};

}  // namespace rmw_plib

#endif  // CLIENT_HPP_
