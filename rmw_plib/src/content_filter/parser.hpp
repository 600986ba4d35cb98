#ifndef CONTENT_FILTER__PARSER_HPP_
#define CONTENT_FILTER__PARSER_HPP_

#include <memory>
#include <string>
#include <vector>

#include "content_filter/condition.hpp"
#include "content_filter/message_layout.hpp"

namespace rmw_plib
{

/// The condition that a filter expression states of messages of that layout.
/**
 * The language is the subset of SQL that DDS has for content filters:
 *
 *     condition  = condition OR condition | condition AND condition | NOT condition
 *                | '(' condition ')' | predicate                            (binding the tighter, the later)
 *     predicate  = operand comparison operand | field [NOT] BETWEEN literal AND literal
 *     comparison = '=' | '<>' | '!=' | '<' | '<=' | '>' | '>=' | LIKE | MATCH
 *     operand    = field | literal                                          (one of two is a field)
 *     field      = name ['[' number ']'] { '.' name ['[' number ']'] }
 *     literal    = number | 'text' | TRUE | FALSE | '%' number              (the parameter of that number)
 *
 * Throws Error with what is wrong, and where.
 */
std::unique_ptr<Condition> parse_filter(
  const std::string & expression, const std::vector<std::string> & parameters,
  std::shared_ptr<const MessageLayout> layout);

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__PARSER_HPP_
