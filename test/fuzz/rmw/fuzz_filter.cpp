// Filter expressions and parameters as text, and messages as bytes that another process published: the parser
// takes a text or throws what is wrong with it, and a filter reads nothing beyond a message and judges it twice
// alike.
#include <cstdlib>
#include <string>
#include <vector>

#include "content_filter/content_filter.hpp"
#include "error.hpp"
#include "messages.hpp"

namespace
{

/// The input up to a zero, and on.
std::string take_text(const uint8_t *& data, size_t & size)
{
  std::string text;
  while (size > 0) {
    const char next = static_cast<char>(*data++);
    --size;
    if (next == '\0') {
      break;
    }
    text += next;
  }
  return text;
}

void judge(
  const rosidl_message_type_support_t & type, const std::string & expression,
  const std::vector<std::string> & parameters, const std::vector<uint8_t> & message)
{
  try {
    const rmw_plib::ContentFilter filter(type, expression, parameters);
    if (
      filter.wants(message.data(), message.size()) !=
      filter.wants(message.data(), message.size())) {
      std::abort();
    }
  } catch (const rmw_plib::Error &) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size)
{
  if (size == 0) {
    return 0;
  }
  const uint8_t number = *data++;
  --size;
  const std::string expression = take_text(data, size);
  const std::vector<std::string> parameters{take_text(data, size), take_text(data, size)};
  const std::vector<uint8_t> published(data, data + size);
  with_message(
    number, [&](auto message) { judge(*type_of(message), expression, parameters, published); });
  return 0;
}
