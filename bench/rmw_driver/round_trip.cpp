#include "measure.hpp"
#include "payload.hpp"
#include "roles.hpp"
#include "session.hpp"

namespace bench
{

Report ping(const Options & options)
{
  Session session(options, "ping");
  const auto sender = Sender::create(session, options, "_there");
  const auto receiver = Receiver::create(session, options, "_back");
  Latencies latencies;
  sender->publisher().wait_matched(1);
  receiver->subscription().wait_matched(1);
  pass_gate(options);

  Stamp stamp;
  Stamp answer;
  uint64_t wrong = 0;
  const auto exchange = [&](Phase phase) {
    stamp.phase = phase;
    const int64_t sent = now();
    sender->send(stamp);
    receiver->wait_and_take(answer);
    const int64_t received = now();
    wrong += answer.sequence == stamp.sequence ? 0 : 1;
    ++stamp.sequence;
    latencies.add(received - sent);
    return received;
  };
  const int64_t warm = now() + static_cast<int64_t>(options.warmup * 1e9);
  while (exchange(Phase::warm_up) < warm) {
  }
  latencies.clear();
  const double cpu = cpu_seconds();
  const int64_t end = now() + static_cast<int64_t>(options.seconds * 1e9);
  while (exchange(Phase::measured) < end && !latencies.full()) {
  }
  const double cpu_used = cpu_seconds() - cpu;
  Report report;
  latencies.report(report);
  exchange(Phase::last);

  report.add("cpu_s", cpu_used);
  report.add("wrong", wrong + receiver->corrupt());
  report_memory(report);
  return report;
}

Report pong(const Options & options)
{
  Session session(options, "pong");
  const auto receiver = Receiver::create(session, options, "_there");
  const auto sender = Sender::create(session, options, "_back");
  sender->publisher().wait_matched(1);
  receiver->subscription().wait_matched(1);
  say("matched");

  double cpu = 0.0;
  double cpu_used = 0.0;
  uint64_t count = 0;
  Stamp stamp;
  do {
    receiver->wait_and_take(stamp);
    if (stamp.phase == Phase::measured && count++ == 0) {
      cpu = cpu_seconds();
    } else if (stamp.phase == Phase::last) {
      cpu_used = cpu_seconds() - cpu;
    }
    sender->send(stamp);
  } while (stamp.phase != Phase::last);
  sender->publisher().wait_acked();

  Report report;
  report.add("count", count);
  report.add("cpu_s", cpu_used);
  report.add("wrong", receiver->corrupt());
  report_memory(report);
  return report;
}

}  // namespace bench
