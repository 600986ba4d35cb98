#ifndef CONTENT_FILTER__CONTENT_FILTER_HPP_
#define CONTENT_FILTER__CONTENT_FILTER_HPP_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "rosidl_runtime_c/message_type_support_struct.h"

#include "content_filter/condition.hpp"

namespace rmw_plib
{

/// What a subscription wants of the messages on its topic.
class ContentFilter
{
public:
  /// Throws Error when the expression is wrong, or nobody describes the type.
  ContentFilter(
    const rosidl_message_type_support_t & type_support, std::string expression,
    std::vector<std::string> parameters);

  const std::string & expression() const noexcept { return expression_; }
  const std::vector<std::string> & parameters() const noexcept { return parameters_; }

  /// Whether a serialized message is wanted. One that cannot be read as far as needed is not.
  /**
   * Not thread-safe. The bytes may change meanwhile.
   */
  bool wants(const void * data, size_t size) const noexcept;

private:
  std::string expression_;
  std::vector<std::string> parameters_;
  std::unique_ptr<Condition> condition_;
};

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__CONTENT_FILTER_HPP_
