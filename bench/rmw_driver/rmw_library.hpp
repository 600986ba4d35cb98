#ifndef RMW_LIBRARY_HPP_
#define RMW_LIBRARY_HPP_

#include <string>

#include "rmw/get_topic_names_and_types.h"
#include "rmw/rmw.h"

namespace bench
{

#define BENCH_RMW_FUNCTIONS(X)               \
  X(borrow_loaned_message)                   \
  X(context_fini)                            \
  X(create_guard_condition)                  \
  X(create_node)                             \
  X(create_publisher)                        \
  X(create_subscription)                     \
  X(create_wait_set)                         \
  X(destroy_guard_condition)                 \
  X(destroy_node)                            \
  X(destroy_publisher)                       \
  X(destroy_subscription)                    \
  X(destroy_wait_set)                        \
  X(get_implementation_identifier)           \
  X(get_topic_names_and_types)               \
  X(init)                                    \
  X(init_options_fini)                       \
  X(init_options_init)                       \
  X(publish)                                 \
  X(publish_loaned_message)                  \
  X(publisher_count_matched_subscriptions)   \
  X(publisher_wait_for_all_acked)            \
  X(return_loaned_message_from_publisher)    \
  X(return_loaned_message_from_subscription) \
  X(shutdown)                                \
  X(subscription_count_matched_publishers)   \
  X(take_loaned_message_with_info)           \
  X(take_with_info)                          \
  X(trigger_guard_condition)                 \
  X(wait)

/// The middleware that is measured: loaded by name, so that one program serves all.
class RmwLibrary
{
public:
  /// `name`: a library's file name, "librmw_plib.so". Throws when it cannot be loaded.
  explicit RmwLibrary(const std::string & name);

#define BENCH_RMW_DECLARE(function) decltype(&::rmw_##function) function = nullptr;
  BENCH_RMW_FUNCTIONS(BENCH_RMW_DECLARE)
#undef BENCH_RMW_DECLARE
};

/// Throw with the middleware's own text unless `ret` is RMW_RET_OK.
void check(rmw_ret_t ret, const char * what);

/// For clean-up, after which there is nothing left to do about an error.
void ignore(rmw_ret_t ret) noexcept;

/// Throw with the middleware's own text when there is no handle.
template <typename Handle>
Handle * check(Handle * handle, const char * what)
{
  if (!handle) {
    check(RMW_RET_ERROR, what);
  }
  return handle;
}

}  // namespace bench

#endif  // RMW_LIBRARY_HPP_
