#include "measure.hpp"
#include "payload.hpp"
#include "roles.hpp"
#include "session.hpp"

namespace bench
{

Report announcer(const Options & options)
{
  Session session(options, "announcer");
  const auto sender = Sender::create(session, options, "");
  sender->publisher().wait_matched(1);
  const int64_t matched = now();
  // The other side may have matched later, and what came before is lost to it.
  Stamp stamp;
  while (stamp.sequence == 0 || sender->publisher().matched() > 0) {
    sender->send(stamp);
    ++stamp.sequence;
    session.limit().check("the listener stays");
    pause_for(0.001);
  }
  Report report;
  report.add("matched_ns", matched);
  return report;
}

Report listener(const Options & options)
{
  Session session(options, "listener");
  const auto receiver = Receiver::create(session, options, "");
  say("ready");
  Stamp stamp;
  receiver->wait_and_take(stamp);
  Report report;
  report.add("first_ns", now());
  return report;
}

Report member(const Options & options)
{
  Session session(options, "member");
  const auto sender = Sender::create(session, options, "");
  const auto receiver = Receiver::create(session, options, "");
  sender->publisher().wait_matched(options.peers);
  receiver->subscription().wait_matched(options.peers);
  const int64_t met = now();
  // The others are to find it as well.
  say("met");
  wait_for_end();
  Report report;
  report.add("met_ns", met);
  return report;
}

}  // namespace bench
