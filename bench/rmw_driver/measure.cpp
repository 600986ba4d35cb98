#include "measure.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <numeric>

namespace bench
{

int64_t now()
{
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

double cpu_seconds()
{
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval & time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double Latencies::median_us()
{
  const auto middle = values_.begin() + static_cast<std::ptrdiff_t>(count_ / 2);
  std::nth_element(values_.begin(), middle, values_.begin() + static_cast<std::ptrdiff_t>(count_));
  return static_cast<double>(*middle) * 1e-3;
}

void Latencies::report(Report & report, const std::string & prefix)
{
  report.add(prefix + "count", static_cast<uint64_t>(count_));
  if (count_ == 0) {
    return;
  }
  const auto end = values_.begin() + static_cast<std::ptrdiff_t>(count_);
  std::sort(values_.begin(), end);
  const auto percentile = [&](double part) {
    // Nearest rank: the smallest value that so large a part does not exceed.
    const size_t rank = static_cast<size_t>(std::ceil(part * static_cast<double>(count_)));
    return static_cast<double>(values_[std::max<size_t>(rank, 1) - 1]) * 1e-3;
  };
  report.add(prefix + "p50_us", percentile(0.5));
  report.add(prefix + "p90_us", percentile(0.9));
  report.add(prefix + "p99_us", percentile(0.99));
  report.add(prefix + "p999_us", percentile(0.999));
  report.add(prefix + "p9999_us", percentile(0.9999));
  report.add(prefix + "max_us", percentile(1.0));
  const double sum = std::accumulate(values_.begin(), end, 0.0);
  report.add(prefix + "mean_us", sum / static_cast<double>(count_) * 1e-3);
}

void report_memory(Report & report)
{
  std::ifstream status("/proc/self/status");
  std::string key;
  while (status >> key) {
    if (key == "VmRSS:" || key == "RssAnon:" || key == "RssShmem:") {
      uint64_t kib = 0;
      status >> kib;
      report.add(
        key == "VmRSS:"     ? "rss_kib"
        : key == "RssAnon:" ? "rss_anon_kib"
                            : "rss_shmem_kib",
        kib);
    }
  }
}

}  // namespace bench
