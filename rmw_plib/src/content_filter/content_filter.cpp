#include "content_filter/content_filter.hpp"

#include <utility>

#include "content_filter/message_layout.hpp"
#include "content_filter/parser.hpp"
#include "error.hpp"

namespace rmw_plib
{

namespace
{

/// "The maximum index number must be smaller than 100", says rmw.
constexpr size_t most_parameters = 100;

std::shared_ptr<const MessageLayout> describe(const rosidl_message_type_support_t & type_support)
{
  const auto * description = type_support.get_type_description_func
                               ? type_support.get_type_description_func(&type_support)
                               : nullptr;
  if (!description) {
    throw Error(
      RMW_RET_UNSUPPORTED, "the type support has no description of the type, which a filter needs");
  }
  return std::make_shared<const MessageLayout>(*description);
}

}  // namespace

ContentFilter::ContentFilter(
  const rosidl_message_type_support_t & type_support, std::string expression,
  std::vector<std::string> parameters)
: expression_(std::move(expression)), parameters_(std::move(parameters))
{
  if (parameters_.size() > most_parameters) {
    throw Error(RMW_RET_INVALID_ARGUMENT, "a filter expression has at most 100 parameters");
  }
  try {
    condition_ = parse_filter(expression_, parameters_, describe(type_support));
  } catch (const Error & error) {
    // The reason first: error texts are cut where they get long.
    throw Error(error.code(), std::string(error.what()) + ", in filter expression " + expression_);
  }
}

bool ContentFilter::wants(const void * data, size_t size) const noexcept
{
  try {
    return condition_->of(data, size) == Truth::yes;
  } catch (...) {
    // No memory for a copy of a text: as a message that cannot be read.
    return false;
  }
}

}  // namespace rmw_plib
