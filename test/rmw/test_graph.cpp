// The ROS graph: every query finds what was made, and checks its arguments.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "fixtures.hpp"
#include "rmw/get_node_info_and_types.h"
#include "rmw/get_service_names_and_types.h"
#include "rmw/get_topic_endpoint_info.h"
#include "rmw/get_topic_names_and_types.h"

class Graph : public NodeTest
{
protected:
  void SetUp() override
  {
    options_.domain_id = 0;
    NodeTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    const rmw_publisher_options_t publisher_options = rmw_get_default_publisher_options();
    const rmw_subscription_options_t options = rmw_get_default_subscription_options();
    const rmw_qos_profile_t & qos = rmw_qos_profile_sensor_data;
    publisher_ = rmw_create_publisher(node_, basic_type(), "/out", &qos, &publisher_options);
    subscription_ = rmw_create_subscription(node_, strings_type(), "/in", &qos, &options);
    service_ = rmw_create_service(node_, service_type(), "/served", &rmw_qos_profile_default);
    client_ = rmw_create_client(node_, service_type(), "/called", &rmw_qos_profile_default);
    ASSERT_TRUE(publisher_ && subscription_ && service_ && client_) << rmw_get_error_string().str;
  }

  void TearDown() override
  {
    if (node_) {
      EXPECT_RMW_OK(rmw_destroy_client(node_, client_));
      EXPECT_RMW_OK(rmw_destroy_service(node_, service_));
      EXPECT_RMW_OK(rmw_destroy_subscription(node_, subscription_));
      EXPECT_RMW_OK(rmw_destroy_publisher(node_, publisher_));
    }
    NodeTest::TearDown();
  }

  /// "name: type" of each, then finalizes the array.
  static std::vector<std::string> take(rmw_names_and_types_t & names_and_types)
  {
    std::vector<std::string> result;
    for (size_t i = 0; i < names_and_types.names.size; ++i) {
      for (size_t j = 0; j < names_and_types.types[i].size; ++j) {
        result.push_back(
          std::string(names_and_types.names.data[i]) + ": " + names_and_types.types[i].data[j]);
      }
    }
    EXPECT_RMW_OK(rmw_names_and_types_fini(&names_and_types));
    names_and_types = rmw_get_zero_initialized_names_and_types();
    return result;
  }

  rcutils_allocator_t allocator_ = rcutils_get_default_allocator();
  rmw_names_and_types_t found_ = rmw_get_zero_initialized_names_and_types();
  rmw_publisher_t * publisher_ = nullptr;
  rmw_subscription_t * subscription_ = nullptr;
  rmw_service_t * service_ = nullptr;
  rmw_client_t * client_ = nullptr;
};

using Strings = std::vector<std::string>;

TEST_F(Graph, nodes_are_listed_with_their_enclaves)
{
  rcutils_string_array_t names = rcutils_get_zero_initialized_string_array();
  rcutils_string_array_t spaces = rcutils_get_zero_initialized_string_array();
  rcutils_string_array_t enclaves = rcutils_get_zero_initialized_string_array();
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_node_names(nullptr, &names, &spaces));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_node_names(node_, nullptr, &spaces));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_node_names(node_, &names, nullptr));
  const auto ask = rmw_get_node_names_with_enclaves;
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(nullptr, &names, &spaces, &enclaves));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, nullptr, &spaces, &enclaves));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, &names, nullptr, &enclaves));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, &names, &spaces, nullptr));
  EXPECT_RMW_FOREIGN(node_, rmw_get_node_names(node_, &names, &spaces));
  EXPECT_RMW_FOREIGN(node_, ask(node_, &names, &spaces, &enclaves));
  ASSERT_RMW_OK(rmw_get_node_names_with_enclaves(node_, &names, &spaces, &enclaves));
  ASSERT_EQ(1u, names.size);
  ASSERT_EQ(1u, spaces.size);
  ASSERT_EQ(1u, enclaves.size);
  EXPECT_STREQ("node", names.data[0]);
  EXPECT_STREQ("/space", spaces.data[0]);
  EXPECT_STREQ("/", enclaves.data[0]);
  // They are used, each of which is enough.
  rcutils_string_array_t zero = rcutils_get_zero_initialized_string_array();
  rcutils_string_array_t more = rcutils_get_zero_initialized_string_array();
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_node_names(node_, &names, &zero));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_get_node_names(node_, &zero, &spaces));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, &names, &zero, &more));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, &zero, &spaces, &more));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, &zero, &more, &enclaves));
  EXPECT_EQ(0U, zero.size);
  EXPECT_EQ(0U, more.size);
  EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&names));
  EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&spaces));
  EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&enclaves));
}

TEST_F(Graph, nodes_of_other_contexts_are_listed_with_the_enclaves_of_those)
{
  rmw_init_options_t options = rmw_get_zero_initialized_init_options();
  ASSERT_RMW_OK(rmw_init_options_copy(&options_, &options));
  options.allocator.deallocate(options.enclave, options.allocator.state);
  options.enclave = rcutils_strdup("/robots/arm", options.allocator);
  rmw_context_t context = rmw_get_zero_initialized_context();
  ASSERT_RMW_OK(rmw_init(&options, &context));
  rmw_node_t * const arm = rmw_create_node(&context, "arm", "/");
  ASSERT_NE(nullptr, arm) << rmw_get_error_string().str;
  for (const rmw_node_t * asked : {node_, arm}) {
    rcutils_string_array_t names = rcutils_get_zero_initialized_string_array();
    rcutils_string_array_t spaces = rcutils_get_zero_initialized_string_array();
    rcutils_string_array_t enclaves = rcutils_get_zero_initialized_string_array();
    ASSERT_RMW_OK(rmw_get_node_names_with_enclaves(asked, &names, &spaces, &enclaves));
    Strings found;
    for (size_t i = 0; i < names.size; ++i) {
      found.push_back(
        std::string(names.data[i]) + " in " + spaces.data[i] + " of " + enclaves.data[i]);
    }
    std::sort(found.begin(), found.end());
    EXPECT_EQ((Strings{"arm in / of /robots/arm", "node in /space of /"}), found);
    EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&names));
    EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&spaces));
    EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&enclaves));
  }
  EXPECT_RMW_OK(rmw_destroy_node(arm));
  EXPECT_RMW_OK(rmw_shutdown(&context));
  EXPECT_RMW_OK(rmw_context_fini(&context));
  EXPECT_RMW_OK(rmw_init_options_fini(&options));
}

TEST_F(Graph, a_topic_of_two_types_is_listed_once_with_both)
{
  const rmw_publisher_options_t options = rmw_get_default_publisher_options();
  rmw_publisher_t * const other =
    rmw_create_publisher(node_, strings_type(), "/out", &rmw_qos_profile_default, &options);
  ASSERT_NE(nullptr, other) << rmw_get_error_string().str;
  ASSERT_RMW_OK(rmw_get_topic_names_and_types(node_, &allocator_, false, &found_));
  EXPECT_EQ(2U, found_.names.size);
  EXPECT_EQ(
    (Strings{
      "/in: test_msgs/msg/Strings", "/out: test_msgs/msg/BasicTypes",
      "/out: test_msgs/msg/Strings"}),
    take(found_));
  size_t count = 0;
  EXPECT_RMW_OK(rmw_count_publishers(node_, "/out", &count));
  EXPECT_EQ(2U, count);
  EXPECT_RMW_OK(rmw_destroy_publisher(node_, other));
}

TEST_F(Graph, topics_and_services_are_listed_with_their_types)
{
  ASSERT_RMW_OK(rmw_get_topic_names_and_types(node_, &allocator_, false, &found_));
  EXPECT_EQ(
    (Strings{"/in: test_msgs/msg/Strings", "/out: test_msgs/msg/BasicTypes"}), take(found_));
  ASSERT_RMW_OK(rmw_get_service_names_and_types(node_, &allocator_, &found_));
  EXPECT_EQ(
    (Strings{"/called: test_msgs/srv/BasicTypes", "/served: test_msgs/srv/BasicTypes"}),
    take(found_));

  const std::function<rmw_ret_t(const rmw_node_t *, rcutils_allocator_t *, rmw_names_and_types_t *)>
    functions[] = {
      [](auto * node, auto * a, auto * found) {
        return rmw_get_topic_names_and_types(node, a, false, found);
      },
      rmw_get_service_names_and_types,
    };
  rcutils_allocator_t * a = &allocator_;
  rcutils_allocator_t none = rcutils_get_zero_initialized_allocator();
  for (const auto & ask : functions) {
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(nullptr, a, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, nullptr, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, &none, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, nullptr));
    EXPECT_RMW_FOREIGN(node_, ask(node_, a, &found_));
    ASSERT_RMW_OK(ask(node_, a, &found_));
    // It is used.
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, &found_));
    EXPECT_EQ(2U, take(found_).size());
  }
}

TEST_F(Graph, a_node_is_asked_for_its_endpoints)
{
  rcutils_allocator_t * a = &allocator_;
  const char * const space = "/space";
  ASSERT_RMW_OK(rmw_get_publisher_names_and_types_by_node(node_, a, "node", space, false, &found_));
  EXPECT_EQ((Strings{"/out: test_msgs/msg/BasicTypes"}), take(found_));
  ASSERT_RMW_OK(
    rmw_get_subscriber_names_and_types_by_node(node_, a, "node", space, false, &found_));
  EXPECT_EQ((Strings{"/in: test_msgs/msg/Strings"}), take(found_));
  ASSERT_RMW_OK(rmw_get_service_names_and_types_by_node(node_, a, "node", space, &found_));
  EXPECT_EQ((Strings{"/served: test_msgs/srv/BasicTypes"}), take(found_));
  ASSERT_RMW_OK(rmw_get_client_names_and_types_by_node(node_, a, "node", space, &found_));
  EXPECT_EQ((Strings{"/called: test_msgs/srv/BasicTypes"}), take(found_));
}

using AskNode = std::function<rmw_ret_t(
  const rmw_node_t *, rcutils_allocator_t *, const char *, const char *, rmw_names_and_types_t *)>;

TEST_F(Graph, questions_about_a_node_are_checked)
{
  const AskNode functions[] = {
    [](auto * node, auto * a, auto * name, auto * space, auto * found) {
      return rmw_get_publisher_names_and_types_by_node(node, a, name, space, false, found);
    },
    [](auto * node, auto * a, auto * name, auto * space, auto * found) {
      return rmw_get_subscriber_names_and_types_by_node(node, a, name, space, false, found);
    },
    rmw_get_service_names_and_types_by_node,
    rmw_get_client_names_and_types_by_node,
  };
  rcutils_allocator_t * a = &allocator_;
  rcutils_allocator_t none = rcutils_get_zero_initialized_allocator();
  const char * const space = "/space";
  for (const AskNode & ask : functions) {
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(nullptr, a, "node", space, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, nullptr, "node", space, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, &none, "node", space, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, nullptr, space, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, "no body", space, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, "node", nullptr, &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, "node", "relative", &found_));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, "node", space, nullptr));
    EXPECT_RMW_FOREIGN(node_, ask(node_, a, "node", space, &found_));
    EXPECT_RMW_ERROR(RMW_RET_NODE_NAME_NON_EXISTENT, ask(node_, a, "nobody", space, &found_));
    EXPECT_RMW_ERROR(RMW_RET_NODE_NAME_NON_EXISTENT, ask(node_, a, "node", "/other", &found_));
    ASSERT_RMW_OK(ask(node_, a, "node", space, &found_));
    // It is used.
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, "node", space, &found_));
    EXPECT_EQ(1u, take(found_).size());
  }
}

TEST_F(Graph, two_nodes_of_one_name_are_both_listed)
{
  rmw_node_t * twin = rmw_create_node(&context_, "node", "/space");
  ASSERT_NE(nullptr, twin) << rmw_get_error_string().str;
  rcutils_string_array_t names = rcutils_get_zero_initialized_string_array();
  rcutils_string_array_t spaces = rcutils_get_zero_initialized_string_array();
  ASSERT_RMW_OK(rmw_get_node_names(node_, &names, &spaces));
  ASSERT_EQ(2u, names.size);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_STREQ("node", names.data[i]);
    EXPECT_STREQ("/space", spaces.data[i]);
  }
  EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&names));
  EXPECT_EQ(RCUTILS_RET_OK, rcutils_string_array_fini(&spaces));
  // What either has is what a node of that name has.
  const rmw_publisher_options_t options = rmw_get_default_publisher_options();
  rmw_publisher_t * publisher =
    rmw_create_publisher(twin, strings_type(), "/twin", &rmw_qos_profile_default, &options);
  ASSERT_NE(nullptr, publisher) << rmw_get_error_string().str;
  ASSERT_RMW_OK(rmw_get_publisher_names_and_types_by_node(
    node_, &allocator_, "node", "/space", false, &found_));
  EXPECT_EQ(
    (Strings{"/out: test_msgs/msg/BasicTypes", "/twin: test_msgs/msg/Strings"}), take(found_));
  EXPECT_RMW_OK(rmw_destroy_publisher(twin, publisher));
  EXPECT_RMW_OK(rmw_destroy_node(twin));
}

TEST_F(Graph, endpoints_are_counted)
{
  size_t count = 0;
  EXPECT_RMW_OK(rmw_count_publishers(node_, "/out", &count));
  EXPECT_EQ(1u, count);
  EXPECT_RMW_OK(rmw_count_subscribers(node_, "/out", &count));
  EXPECT_EQ(0u, count);
  EXPECT_RMW_OK(rmw_count_subscribers(node_, "/in", &count));
  EXPECT_EQ(1u, count);
  EXPECT_RMW_OK(rmw_count_services(node_, "/served", &count));
  EXPECT_EQ(1u, count);
  EXPECT_RMW_OK(rmw_count_clients(node_, "/called", &count));
  EXPECT_EQ(1u, count);
  for (const auto ask :
       {rmw_count_publishers, rmw_count_subscribers, rmw_count_services, rmw_count_clients}) {
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(nullptr, "/out", &count));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, nullptr, &count));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, "/out", nullptr));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, "out", &count));
    EXPECT_RMW_FOREIGN(node_, ask(node_, "/out", &count));
  }
}

TEST_F(Graph, endpoint_information_is_complete)
{
  rmw_topic_endpoint_info_array_t infos = rmw_get_zero_initialized_topic_endpoint_info_array();
  ASSERT_RMW_OK(rmw_get_publishers_info_by_topic(node_, &allocator_, "/out", false, &infos));
  ASSERT_EQ(1u, infos.size);
  const rmw_topic_endpoint_info_t & info = infos.info_array[0];
  EXPECT_STREQ("node", info.node_name);
  EXPECT_STREQ("/space", info.node_namespace);
  EXPECT_STREQ("test_msgs/msg/BasicTypes", info.topic_type);
  EXPECT_EQ(RMW_ENDPOINT_PUBLISHER, info.endpoint_type);
  EXPECT_EQ(1, info.topic_type_hash.version);
  const rosidl_type_hash_t * hash = basic_type()->get_type_hash_func(basic_type());
  EXPECT_EQ(0, memcmp(hash->value, info.topic_type_hash.value, sizeof(hash->value)));
  rmw_gid_t gid{};
  ASSERT_RMW_OK(rmw_get_gid_for_publisher(publisher_, &gid));
  EXPECT_EQ(0, memcmp(gid.data, info.endpoint_gid, sizeof(gid.data)));
  EXPECT_EQ(RMW_QOS_POLICY_RELIABILITY_BEST_EFFORT, info.qos_profile.reliability);
  EXPECT_EQ(5u, info.qos_profile.depth);
  EXPECT_TRUE(rmw_time_equal(RMW_DURATION_INFINITE, info.qos_profile.deadline));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_get_publishers_info_by_topic(node_, &allocator_, "/out", false, &infos));
  EXPECT_RMW_OK(rmw_topic_endpoint_info_array_fini(&infos, &allocator_));

  infos = rmw_get_zero_initialized_topic_endpoint_info_array();
  EXPECT_RMW_OK(rmw_get_subscriptions_info_by_topic(node_, &allocator_, "/out", false, &infos));
  EXPECT_EQ(0u, infos.size);
  rcutils_allocator_t none = rcutils_get_zero_initialized_allocator();
  rcutils_allocator_t * a = &allocator_;
  for (const auto ask : {rmw_get_publishers_info_by_topic, rmw_get_subscriptions_info_by_topic}) {
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(nullptr, a, "/in", false, &infos));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, nullptr, "/in", false, &infos));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, &none, "/in", false, &infos));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, nullptr, false, &infos));
    EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, ask(node_, a, "/in", false, nullptr));
    EXPECT_RMW_FOREIGN(node_, ask(node_, a, "/in", false, &infos));
  }

  ASSERT_RMW_OK(rmw_get_subscriptions_info_by_topic(node_, a, "/in", false, &infos));
  EXPECT_EQ(1u, infos.size);
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_get_subscriptions_info_by_topic(node_, a, "/in", false, &infos));
  EXPECT_RMW_OK(rmw_topic_endpoint_info_array_fini(&infos, a));
}
