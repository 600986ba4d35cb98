#include <algorithm>
#include <ctime>
#include <vector>

#include "measure.hpp"
#include "payload.hpp"
#include "roles.hpp"
#include "session.hpp"

namespace bench
{

namespace
{

/// How long a subscriber waits for more before it takes the rest for lost.
constexpr int64_t patience = 3'000'000'000;

/// The beats of a rate; none when it is 0.
class Metronome
{
public:
  explicit Metronome(double rate)
  : period_(rate > 0.0 ? static_cast<int64_t>(1e9 / rate) : 0), next_(now())
  {
  }

  void wait()
  {
    if (period_ == 0) {
      return;
    }
    // Beats that were missed are left out: what comes late is not to come all at once.
    next_ = std::max(next_ + period_, now());
    const timespec time{next_ / 1'000'000'000, next_ % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
  }

private:
  int64_t period_;
  int64_t next_;
};

/// Looks at the clock once for so many messages, so that a flood is not slowed down by looking.
class Stopwatch
{
public:
  Stopwatch(double seconds, bool every)
  : end_(now() + static_cast<int64_t>(seconds * 1e9)), mask_(every ? 0 : 15)
  {
  }

  bool running() { return (++calls_ & mask_) != 0 || now() < end_; }

private:
  int64_t end_;
  uint64_t mask_;
  uint64_t calls_ = 0;
};

/// When how many had been received.
class Progress
{
public:
  Progress() { marks_.reserve(capacity); }

  void mark(uint64_t count, int64_t time)
  {
    if (count < next_) {
      return;
    }
    if (marks_.size() == capacity) {
      thin_out();
    }
    marks_.push_back({count, time});
    next_ = count + stride_;
  }

  /// The moment when 95 % had come: what repairs the loss of the very last comes seconds after.
  void report(Report & report, uint64_t total, int64_t end) const
  {
    const auto most = std::find_if(marks_.begin(), marks_.end(), [=](const Mark & mark) {
      return static_cast<double>(mark.count) >= 0.95 * static_cast<double>(total);
    });
    report.add("most_count", most == marks_.end() ? total : most->count);
    report.add("most_ns", most == marks_.end() ? end : most->time);
  }

private:
  struct Mark
  {
    uint64_t count;
    int64_t time;
  };

  /// Keep every second mark, and make half as many from now on.
  void thin_out()
  {
    for (size_t i = 0; i < capacity / 2; ++i) {
      marks_[i] = marks_[2 * i];
    }
    marks_.resize(capacity / 2);
    stride_ *= 2;
  }

  static constexpr size_t capacity = size_t{1} << 13;
  std::vector<Mark> marks_;
  uint64_t stride_ = 1;
  uint64_t next_ = 1;
};

/// What a subscriber saw of the measured messages.
struct Reception
{
  uint64_t count = 0;
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
  uint64_t disordered = 0;
  int64_t first_time = 0;
  int64_t last_time = 0;
  double cpu = 0.0;
};

}  // namespace

Report publisher(const Options & options)
{
  Session session(options, "publisher");
  const auto sender = Sender::create(session, options, "");
  sender->publisher().wait_matched(options.peers);
  pass_gate(options);

  const bool at_rate = options.rate > 0.0;
  Metronome metronome(options.rate);
  // How long the call itself takes its caller.
  Latencies calls(at_rate);
  Stamp stamp;
  const auto send = [&](Phase phase) {
    metronome.wait();
    stamp.phase = phase;
    stamp.time = at_rate ? now() : 0;
    sender->send(stamp);
    if (at_rate && phase == Phase::measured) {
      calls.add(now() - stamp.time);
    }
    ++stamp.sequence;
  };
  // A large message may take longer than sixteen should.
  const bool look_often = at_rate || options.size >= 65536;
  Stopwatch warm(options.warmup, look_often);
  do {
    send(Phase::warm_up);
  } while (warm.running());
  // What is still on its way would be received in the measured time.
  sender->publisher().wait_acked();
  const uint64_t unmeasured = stamp.sequence;
  const double cpu = cpu_seconds();
  const int64_t start = now();
  Stopwatch time(options.seconds, look_often);
  do {
    send(Phase::measured);
  } while (time.running());
  send(Phase::last);
  const int64_t sent = now();
  sender->publisher().wait_acked();
  const double cpu_used = cpu_seconds() - cpu;

  Report report;
  const uint64_t count = stamp.sequence - unmeasured;
  report.add("count", count);
  report.add("start_ns", start);
  report.add(
    "published_per_s", static_cast<double>(count) / (static_cast<double>(sent - start) * 1e-9));
  report.add("retries", sender->retries());
  report.add("cpu_s", cpu_used);
  if (at_rate) {
    calls.report(report, "call_");
  }
  report_memory(report);
  return report;
}

Report subscriber(const Options & options)
{
  Session session(options, "subscriber");
  const auto receiver = Receiver::create(session, options, "");
  const bool at_rate = options.rate > 0.0;
  Latencies latencies(at_rate);
  Progress progress;
  receiver->subscription().wait_matched(1);
  say("matched");

  Reception seen;
  Stamp stamp;
  bool ended = false;
  int64_t last_news = now();
  bool started = false;
  while (!ended) {
    if (!receiver->wait(0.5)) {
      session.limit().check("the last message did not come");
      // It may have been overwritten, or its publisher may be dead.
      ended = started && now() - last_news > patience;
      continue;
    }
    while (!ended && receiver->take(stamp)) {
      started = true;
      if (stamp.phase == Phase::warm_up) {
        continue;
      }
      if (at_rate) {
        latencies.add(now() - stamp.time);
      }
      if (seen.count++ == 0) {
        seen.first_time = now();
        seen.first_sequence = stamp.sequence;
        seen.cpu = cpu_seconds();
      } else if (stamp.sequence <= seen.last_sequence) {
        ++seen.disordered;
      }
      seen.last_sequence = stamp.sequence;
      if (seen.count % 1024 == 0) {
        progress.mark(seen.count, now());
      }
      ended = stamp.phase == Phase::last;
    }
    last_news = now();
    progress.mark(seen.count, last_news);
  }
  seen.last_time = last_news;
  const double cpu_used = cpu_seconds() - seen.cpu;

  Report report;
  if (at_rate) {
    latencies.report(report);
  } else {
    report.add("count", seen.count);
  }
  const double seconds = static_cast<double>(seen.last_time - seen.first_time) * 1e-9;
  report.add(
    "received_per_s", seen.count > 1 ? static_cast<double>(seen.count - 1) / seconds : 0.0);
  progress.report(report, seen.count, seen.last_time);
  report.add("first_ns", seen.first_time);
  report.add("last_ns", seen.last_time);
  report.add("lost", seen.last_sequence - seen.first_sequence + 1 - seen.count);
  report.add("complete", stamp.phase == Phase::last);
  report.add("wrong", seen.disordered + receiver->corrupt());
  report.add("cpu_s", cpu_used);
  report_memory(report);
  return report;
}

}  // namespace bench
