// Destroying says so when plibd may still show what was destroyed, and frees everything all the same.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fixtures.hpp"

namespace
{

/// The process that listens on plibd's socket.
pid_t find_plibd()
{
  const char * const path = std::getenv("PLIB_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path ? path : "", sizeof(address.sun_path) - 1);
  const int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  ucred peer{};
  socklen_t size = sizeof(peer);
  EXPECT_EQ(0, connect(connection, reinterpret_cast<sockaddr *>(&address), sizeof(address)));
  EXPECT_EQ(0, getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size));
  close(connection);
  return peer.pid;
}

}  // namespace

/// A context of its own with one of everything in it.
class Everything
{
public:
  explicit Everything(const rmw_init_options_t & options)
  {
    const rmw_publisher_options_t publishing = rmw_get_default_publisher_options();
    const rmw_subscription_options_t subscribing = rmw_get_default_subscription_options();
    const rmw_qos_profile_t & qos = rmw_qos_profile_default;
    EXPECT_RMW_OK(rmw_init(&options, &context_));
    node = rmw_create_node(&context_, "node", "/");
    leaf = rmw_create_node(&context_, "leaf", "/");
    publisher = rmw_create_publisher(node, basic_type(), "/topic", &qos, &publishing);
    subscription = rmw_create_subscription(node, basic_type(), "/topic", &qos, &subscribing);
    service = rmw_create_service(node, service_type(), "/service", &qos);
    client = rmw_create_client(node, service_type(), "/service", &qos);
    EXPECT_TRUE(leaf && publisher && subscription && service && client)
      << rmw_get_error_string().str;
  }

  ~Everything()
  {
    destroy(publisher, rmw_destroy_publisher);
    destroy(subscription, rmw_destroy_subscription);
    destroy(service, rmw_destroy_service);
    destroy(client, rmw_destroy_client);
    for (rmw_node_t * each : {leaf, node}) {
      if (each) {
        EXPECT_RMW_OK(rmw_destroy_node(each));
      }
    }
    EXPECT_RMW_OK(rmw_shutdown(&context_));
    EXPECT_RMW_OK(rmw_context_fini(&context_));
  }

  Everything(const Everything &) = delete;
  Everything & operator=(const Everything &) = delete;

  rmw_node_t * node;
  rmw_node_t * leaf;
  rmw_publisher_t * publisher;
  rmw_subscription_t * subscription;
  rmw_service_t * service;
  rmw_client_t * client;

private:
  template <typename Endpoint>
  void destroy(Endpoint * endpoint, rmw_ret_t (*function)(rmw_node_t *, Endpoint *))
  {
    if (endpoint) {
      EXPECT_RMW_OK(function(node, endpoint));
    }
  }

  rmw_context_t context_ = rmw_get_zero_initialized_context();
};

using Destroy = OptionsTest;

TEST_F(Destroy, is_an_error_when_plibd_does_not_answer)
{
  using Deed = std::function<void(Everything &)>;
  const std::vector<Deed> deeds{
    [](Everything & all) {
      EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_destroy_publisher(all.node, all.publisher));
      all.publisher = nullptr;
    },
    [](Everything & all) {
      EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_destroy_subscription(all.node, all.subscription));
      all.subscription = nullptr;
    },
    [](Everything & all) {
      EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_destroy_service(all.node, all.service));
      all.service = nullptr;
    },
    [](Everything & all) {
      EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_destroy_client(all.node, all.client));
      all.client = nullptr;
    },
    [](Everything & all) {
      EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_destroy_node(all.leaf));
      all.leaf = nullptr;
    },
  };
  std::vector<std::unique_ptr<Everything>> contexts;
  for (size_t i = 0; i < deeds.size(); ++i) {
    contexts.push_back(std::make_unique<Everything>(options_));
  }
  const pid_t plibd = find_plibd();
  ASSERT_EQ(0, kill(plibd, SIGSTOP));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < deeds.size(); ++i) {
    threads.emplace_back([&, i] { deeds[i](*contexts[i]); });  // each waits for its answer
  }
  for (std::thread & thread : threads) {
    thread.join();
  }
  ASSERT_EQ(0, kill(plibd, SIGCONT));
}

/// A plibd of its own, started on demand, which may be killed.
class DestroyAfterDeath : public Destroy
{
protected:
  void SetUp() override
  {
    Destroy::SetUp();
    if (IsSkipped()) {
      return;
    }
    socket_before_ = std::getenv("PLIB_SOCKET");
    std::string folder = std::filesystem::temp_directory_path() / "plib-XXXXXX";
    ASSERT_NE(nullptr, mkdtemp(folder.data()));
    folder_ = folder;
    setenv("PLIB_SOCKET", (folder_ / "plibd.sock").c_str(), 1);
  }

  void TearDown() override
  {
    if (!folder_.empty()) {
      kill(find_plibd(), SIGKILL);
      setenv("PLIB_SOCKET", socket_before_.c_str(), 1);
      std::filesystem::remove_all(folder_);
    }
    Destroy::TearDown();
  }

  std::string socket_before_;
  std::filesystem::path folder_;
};

TEST_F(DestroyAfterDeath, is_no_error_since_the_graph_died_with_plibd)
{
  const Everything left(options_);
  {
    const Everything all(options_);
    ASSERT_EQ(0, kill(find_plibd(), SIGKILL));
  }  // expects that each is destroyed without an error

  // Who is left starts another plibd, and only what is left is in its graph.
  size_t count = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  do {
    EXPECT_RMW_OK(rmw_publisher_count_matched_subscriptions(left.publisher, &count));
    EXPECT_RMW_OK(rmw_count_publishers(left.node, "/topic", &count));
  } while (count != 1 && std::chrono::steady_clock::now() < end);
  EXPECT_EQ(1u, count);
}

TEST_F(DestroyAfterDeath, a_restart_of_plibd_triggers_the_graph_guard_of_every_node)
{
  rmw_context_t context = rmw_get_zero_initialized_context();
  ASSERT_RMW_OK(rmw_init(&options_, &context));
  rmw_node_t * const nodes[] = {
    rmw_create_node(&context, "one", "/"), rmw_create_node(&context, "two", "/")};
  ASSERT_TRUE(nodes[0] && nodes[1]);
  rmw_wait_set_t * const wait_set = rmw_create_wait_set(&context, 1);
  const auto wait = [&](rmw_node_t * node, rmw_time_t timeout) {
    void * entry = rmw_node_get_graph_guard_condition(node)->data;
    rmw_guard_conditions_t guards{1, &entry};
    return rmw_wait(nullptr, &guards, nullptr, nullptr, nullptr, wait_set, &timeout);
  };
  for (rmw_node_t * node : nodes) {
    while (wait(node, {0, 0}) == RMW_RET_OK) {
    }
  }
  ASSERT_EQ(0, kill(find_plibd(), SIGKILL));
  for (rmw_node_t * node : nodes) {
    EXPECT_RMW_OK(wait(node, {20, 0}));
  }
  EXPECT_RMW_OK(rmw_destroy_wait_set(wait_set));
  for (rmw_node_t * node : nodes) {
    EXPECT_RMW_OK(rmw_destroy_node(node));
  }
  EXPECT_RMW_OK(rmw_shutdown(&context));
  EXPECT_RMW_OK(rmw_context_fini(&context));
}
