#include "report.hpp"

#include <cstdio>

namespace bench
{

namespace
{

std::string quoted(const std::string & text)
{
  std::string json = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      json += '\\';
    }
    json += static_cast<unsigned char>(character) < ' ' ? ' ' : character;
  }
  return json + '"';
}

}  // namespace

void Report::add(const std::string & key, const std::string & text) { append(key, quoted(text)); }

void Report::add(const std::string & key, double value)
{
  char text[32];
  (void)std::snprintf(text, sizeof(text), "%.9g", value);
  append(key, text);
}

void Report::add(const std::string & key, uint64_t value) { append(key, std::to_string(value)); }

void Report::add(const std::string & key, int64_t value) { append(key, std::to_string(value)); }

void Report::add(const std::string & key, bool value) { append(key, value ? "true" : "false"); }

void Report::print() const
{
  (void)std::printf("{%s}\n", members_.c_str());
  (void)std::fflush(stdout);
}

void Report::append(const std::string & key, const std::string & json)
{
  members_ += (members_.empty() ? "" : ", ") + quoted(key) + ": " + json;
}

}  // namespace bench
