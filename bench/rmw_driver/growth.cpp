// What one call costs when there is more and more around it.
#include <functional>
#include <memory>
#include <vector>

#include "fixed_type.hpp"
#include "measure.hpp"
#include "payload.hpp"
#include "rcutils/allocator.h"
#include "rmw/names_and_types.h"
#include "roles.hpp"
#include "session.hpp"

namespace bench
{

namespace
{

constexpr size_t size = 64;

/// Call for a while and report what one call costs.
void report_cost(
  Report & report, const std::string & name, double seconds, const std::function<void()> & call)
{
  call();
  uint64_t calls = 0;
  const double cpu = cpu_seconds();
  const int64_t start = now();
  const int64_t end = start + static_cast<int64_t>(seconds * 1e9);
  do {
    for (int i = 0; i < 16; ++i) {
      call();
    }
    calls += 16;
  } while (now() < end);
  const double count = static_cast<double>(calls);
  report.add(name + "_ns", static_cast<double>(now() - start) / count);
  report.add(name + "_cpu_ns", (cpu_seconds() - cpu) * 1e9 / count);
  report.add(name + "_calls", calls);
}

std::string numbered(const Options & options, size_t number)
{
  return options.topic + "_" + std::to_string(number);
}

}  // namespace

Report reader(const Options & options)
{
  Session session(options, "reader");
  const auto receiver = Receiver::create(session, options, "");
  receiver->subscription().wait_matched(1);
  say("matched");
  wait_for_end();
  return Report();
}

Report publish_cost(const Options & options)
{
  Session session(options, "publisher");
  const auto sender = Sender::create(session, options, "");
  sender->publisher().wait_matched(options.peers);
  pass_gate(options);
  Stamp stamp;
  Report report;
  report_cost(report, "publish", options.seconds, [&] {
    sender->send(stamp);
    ++stamp.sequence;
  });
  return report;
}

Report writers(const Options & options)
{
  Session session(options, "writers");
  std::vector<std::unique_ptr<Publisher>> publishers;
  for (size_t i = 0; i < options.count; ++i) {
    publishers.push_back(std::make_unique<Publisher>(
      session, fixed_type(size), numbered(options, i), qos_of(options)));
  }
  say("ready");
  wait_for_end();
  return Report();
}

Report wait_cost(const Options & options)
{
  Session session(options, "waiter");
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  std::vector<Subscription *> waited;
  for (size_t i = 0; i < options.count; ++i) {
    subscriptions.push_back(std::make_unique<Subscription>(
      session, fixed_type(size), numbered(options, i), qos_of(options)));
    waited.push_back(subscriptions.back().get());
  }
  for (Subscription * subscription : waited) {
    subscription->wait_matched(1);
  }
  WaitSet waiting(session, waited, true);
  pass_gate(options);
  Report report;
  report_cost(report, "poll", options.seconds, [&] { waiting.wait(0.0); });
  // Long enough to sleep, short enough to be over soon.
  report_cost(report, "sleep", options.seconds, [&] { waiting.wait(1e-6); });
  report_cost(report, "ready", options.seconds, [&] {
    waiting.trigger();
    waiting.wait(1.0);
  });
  return report;
}

Report nodes(const Options & options)
{
  Session session(options, "nodes");
  std::vector<rmw_node_t *> nodes;
  std::vector<std::unique_ptr<Publisher>> publishers;
  for (size_t i = 0; i < options.count; ++i) {
    const std::string name = "node_" + std::to_string(i);
    nodes.push_back(check(session.rmw().create_node(session.context(), name.c_str(), "/"), "node"));
    publishers.push_back(std::make_unique<Publisher>(
      session, fixed_type(size), numbered(options, i), qos_of(options)));
  }
  say("ready");
  wait_for_end();
  publishers.clear();
  for (rmw_node_t * node : nodes) {
    check(session.rmw().destroy_node(node), "node");
  }
  return Report();
}

Report graph_cost(const Options & options)
{
  Session session(options, "looker");
  rcutils_allocator_t allocator = rcutils_get_default_allocator();
  size_t topics = 0;
  const auto look = [&] {
    rmw_names_and_types_t names = rmw_get_zero_initialized_names_and_types();
    check(
      session.rmw().get_topic_names_and_types(session.node(), &allocator, true, &names), "look");
    topics = names.names.size;
    check(rmw_names_and_types_fini(&names), "names");
  };
  do {
    session.limit().check("not all topics are known");
    pause_for(0.001);
    look();
  } while (topics < options.count);
  pass_gate(options);
  Report report;
  report_cost(report, "graph", options.seconds, look);
  report.add("topics", static_cast<uint64_t>(topics));
  return report;
}

}  // namespace bench
