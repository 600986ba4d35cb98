#ifndef MEASURE_HPP_
#define MEASURE_HPP_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report.hpp"

namespace bench
{

/// CLOCK_MONOTONIC in ns: one clock for all processes of a host.
int64_t now();

/// User and system time of this process in s.
double cpu_seconds();

/// Times of single messages. Its memory is touched before it is used, and there is none when it
/// is not.
class Latencies
{
public:
  static constexpr size_t capacity = size_t{1} << 19;

  explicit Latencies(bool used = true) : values_(used ? capacity : 0) {}

  void clear() { count_ = 0; }

  bool full() const { return count_ == values_.size(); }

  /// Those beyond the capacity are not kept.
  void add(int64_t nanoseconds)
  {
    if (!full()) {
      values_[count_++] = nanoseconds;
    }
  }

  /// Changes their order.
  double median_us();

  /// Percentiles, maximum and mean in us, and how many there were, with `prefix` before their names.
  void report(Report & report, const std::string & prefix = "");

private:
  std::vector<int64_t> values_;
  size_t count_ = 0;
};

/// Memory of this process now.
void report_memory(Report & report);

}  // namespace bench

#endif  // MEASURE_HPP_
