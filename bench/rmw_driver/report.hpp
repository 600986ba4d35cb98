#ifndef REPORT_HPP_
#define REPORT_HPP_

#include <cstdint>
#include <string>

namespace bench
{

/// The results of one process: one flat JSON object.
class Report
{
public:
  void add(const std::string & key, const std::string & text);
  void add(const std::string & key, const char * text) { add(key, std::string(text)); }
  void add(const std::string & key, double value);
  void add(const std::string & key, uint64_t value);
  void add(const std::string & key, int64_t value);
  void add(const std::string & key, bool value);

  /// The object on one line of stdout.
  void print() const;

private:
  void append(const std::string & key, const std::string & json);

  std::string members_;
};

}  // namespace bench

#endif  // REPORT_HPP_
