// What each call on the way of a message takes, where nothing is waited for: one process, both ends.
#include "measure.hpp"
#include "payload.hpp"
#include "roles.hpp"
#include "session.hpp"

namespace bench
{

Report steps(const Options & options)
{
  Session session(options, "steps");
  const auto sender = Sender::create(session, options, "");
  const auto receiver = Receiver::create(session, options, "");
  sender->publisher().wait_matched(1);
  receiver->subscription().wait_matched(1);
  Latencies clock;
  Latencies publish;
  Latencies wait;
  Latencies take;
  Stamp stamp;
  while (!take.full()) {
    const int64_t before = now();
    const int64_t start = now();
    sender->send(stamp);
    const int64_t sent = now();
    receiver->wait(1.0);
    const int64_t woken = now();
    receiver->take(stamp);
    const int64_t taken = now();
    clock.add(start - before);
    publish.add(sent - start);
    wait.add(woken - sent);
    take.add(taken - woken);
  }
  Report report;
  const double clock_us = clock.median_us();
  report.add("clock_us", clock_us);
  report.add("publish_us", publish.median_us() - clock_us);
  report.add("wait_us", wait.median_us() - clock_us);
  report.add("take_us", take.median_us() - clock_us);
  return report;
}

}  // namespace bench
