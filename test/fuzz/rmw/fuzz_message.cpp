// Bytes that another process published as a message: deserialize() takes them or throws, reads nothing beyond
// them, and what it took goes into the memory that it says it needs, and is a message again.
#include <cstdlib>
#include <vector>

#include "messages.hpp"
#include "type_support.hpp"

namespace
{

/// Of `data` what follows the first `lead` bytes, which place it in memory.
bool deserialize(
  const rmw_plib::MessageCodec & codec, const std::vector<uint8_t> & data, size_t lead,
  void * message)
{
  try {
    codec.deserialize(data.data() + lead, data.size() - lead, message);
    return true;
  } catch (...) {
    return false;
  }
}

/// Nothing when it cannot be serialized, as a text with a zero in it.
std::vector<uint8_t> serialize(const rmw_plib::MessageCodec & codec, const void * message)
{
  std::vector<uint8_t> data(codec.capacity(message));
  try {
    data.resize(codec.serialize(message, data.data(), data.size()));
  } catch (...) {
    data.clear();
  }
  return data;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size)
{
  if (size == 0) {
    return 0;
  }
  with_message(data[0] % message_types_without_wide_strings, [&](auto message) {
    const rmw_plib::MessageType type(type_of(message));
    // With four bytes before it a plain message is aligned, and used as it lies there.
    const size_t lead = data[0] < 128 ? 4 : 0;
    std::vector<uint8_t> published(lead);
    published.insert(published.end(), data + 1, data + size);
    if (!deserialize(type.codec(), published, lead, &message)) {
      return;
    }
    const std::vector<uint8_t> again = serialize(type.codec(), &message);
    if (!again.empty() && !deserialize(type.codec(), again, 0, &message)) {
      std::abort();
    }
  });
  return 0;
}
