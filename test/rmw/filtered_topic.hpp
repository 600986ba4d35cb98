// A publisher and a subscription with a content filter, for the tests of filters.
#ifndef FILTERED_TOPIC_HPP_
#define FILTERED_TOPIC_HPP_

#include <string>
#include <vector>

#include "fixtures.hpp"
#include "rmw/subscription_content_filter_options.h"

/// Filter options that are finalized.
class FilterOptions
{
public:
  explicit FilterOptions(
    const std::string & expression, const std::vector<std::string> & parameters = {})
  {
    std::vector<const char *> pointers;
    pointers.reserve(parameters.size());
    for (const std::string & parameter : parameters) {
      pointers.push_back(parameter.c_str());
    }
    EXPECT_RMW_OK(rmw_subscription_content_filter_options_init(
      expression.c_str(), pointers.size(), pointers.data(), &allocator_, &options_));
  }
  ~FilterOptions()
  {
    EXPECT_RMW_OK(rmw_subscription_content_filter_options_fini(&options_, &allocator_));
  }
  FilterOptions(const FilterOptions &) = delete;
  FilterOptions & operator=(const FilterOptions &) = delete;

  rmw_subscription_content_filter_options_t * get() { return &options_; }

private:
  rcutils_allocator_t allocator_ = rcutils_get_default_allocator();
  rmw_subscription_content_filter_options_t options_ =
    rmw_get_zero_initialized_content_filter_options();
};

/// Both ends of /filtered.
class FilteredTopic
{
public:
  FilteredTopic(
    rmw_node_t * node, const rosidl_message_type_support_t * type,
    const rmw_qos_profile_t & qos = rmw_qos_profile_default,
    rmw_subscription_content_filter_options_t * filter = nullptr, bool ignores_local = false)
  : node_(node)
  {
    const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
    rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
    subscribing.content_filter_options = filter;
    subscribing.ignore_local_publications = ignores_local;
    publisher_ = rmw_create_publisher(node, type, "/filtered", &qos, &publishing);
    EXPECT_NE(nullptr, publisher_) << rmw_get_error_string().str;
    subscription_ = rmw_create_subscription(node, type, "/filtered", &qos, &subscribing);
    EXPECT_NE(nullptr, subscription_) << rmw_get_error_string().str;
  }
  ~FilteredTopic()
  {
    EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
    EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
  }
  FilteredTopic(const FilteredTopic &) = delete;
  FilteredTopic & operator=(const FilteredTopic &) = delete;

  rmw_ret_t filter(const std::string & expression, const std::vector<std::string> & parameters = {})
  {
    FilterOptions options(expression, parameters);
    return rmw_subscription_set_content_filter(subscription_, options.get());
  }

  /// What is wrong with the expression; "" when nothing is.
  std::string complaint(
    const std::string & expression, const std::vector<std::string> & parameters = {})
  {
    if (filter(expression, parameters) == RMW_RET_OK) {
      return "";
    }
    std::string text = rmw_get_error_string().str;
    rmw_reset_error();
    return text;
  }

  void publish(const void * message) { EXPECT_RMW_OK(rmw_publish(publisher_, message, nullptr)); }

  bool take(void * message)
  {
    bool taken = false;
    EXPECT_RMW_OK(rmw_take(subscription_, message, &taken, nullptr));
    return taken;
  }

  rmw_publisher_t * publisher() { return publisher_; }
  rmw_subscription_t * subscription() { return subscription_; }

private:
  rmw_node_t * node_;
  rmw_publisher_t * publisher_ = nullptr;
  rmw_subscription_t * subscription_ = nullptr;
};

#endif  // FILTERED_TOPIC_HPP_
