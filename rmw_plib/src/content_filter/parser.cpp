#include "content_filter/parser.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "content_filter/lexer.hpp"
#include "error.hpp"

namespace rmw_plib
{

namespace
{

/// Brackets and NOTs within each other, which are on the stack.
constexpr int deepest = 64;

/// Predicates in one expression, which are evaluated one within the other.
constexpr int most_predicates = 256;

[[noreturn]] void refuse(const std::string & text) { throw Error(RMW_RET_INVALID_ARGUMENT, text); }

[[noreturn]] void refuse_at(const Token & token, const std::string & wanted)
{
  refuse(
    "character " + std::to_string(token.position + 1) + ": " + wanted + " is wanted, not " +
    token.description());
}

/// All of the text as a number; `base` is that of an integer.
template <typename T, typename... Base>
std::optional<T> parse_as(std::string_view text, Base... base)
{
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
  }
  T value{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base...);
  const bool whole = result.ec == std::errc{} && result.ptr == text.data() + text.size();
  return whole ? std::optional<T>(value) : std::nullopt;
}

Value parse_integer(const std::string & text, const std::string & digits, int base)
{
  if (const auto value = parse_as<int64_t>(digits, base)) {
    return *value;
  }
  if (const auto value = parse_as<uint64_t>(digits, base)) {
    return *value;
  }
  refuse(text + " has more than 64 bits");
}

Value parse_number(const std::string & text)
{
  const size_t prefix = text.find_first_of("xX");
  if (prefix != std::string::npos) {
    return parse_integer(text, std::string(text).erase(prefix - 1, 2), 16);
  }
  if (text.find_first_of(".eE") == std::string::npos) {
    return parse_integer(text, text, 10);
  }
  if (const auto value = parse_as<long double>(text)) {
    return Real{*value, Real::Precision::literal};
  }
  refuse(text + " is larger or smaller than any number");
}

/// A literal that is no parameter; nothing when the token is none.
std::optional<Operand> parse_literal(const Token & token)
{
  if (token.kind == Token::Kind::number) {
    return Operand(parse_number(token.text));
  }
  if (token.kind == Token::Kind::text) {
    return Operand(token.text);
  }
  if (token.is_keyword("TRUE") || token.is_keyword("FALSE")) {
    return Operand(Value{token.is_keyword("TRUE")});
  }
  return std::nullopt;
}

std::optional<Comparison> comparison_of(const Token & token)
{
  constexpr std::pair<std::string_view, Comparison> comparisons[] = {
    {"=", Comparison::equal},
    {"<>", Comparison::not_equal},
    {"!=", Comparison::not_equal},
    {"<", Comparison::less},
    {"<=", Comparison::less_or_equal},
    {">", Comparison::greater},
    {">=", Comparison::greater_or_equal},
  };
  for (const auto & [symbol, comparison] : comparisons) {
    if (token.is_symbol(symbol)) {
      return comparison;
    }
  }
  return std::nullopt;
}

/// Throws when the two cannot be compared; makes a literal integer beside a real field real as well.
void reconcile(Operand & left, Operand & right)
{
  if (!are_comparable(left.example(), right.example())) {
    refuse(left.description() + " and " + right.description() + " cannot be compared");
  }
  left.adapt_to(right);
  right.adapt_to(left);
}

void check_text(const Operand & operand, const char * keyword)
{
  if (!std::holds_alternative<std::string_view>(operand.example())) {
    refuse(operand.description() + " is no text, which " + keyword + " is for");
  }
}

class Parser
{
public:
  Parser(
    const std::string & expression, const std::vector<std::string> & parameters,
    std::shared_ptr<const MessageLayout> layout)
  : lexer_(expression), parameters_(parameters), layout_(std::move(layout)), token_(lexer_.next())
  {
  }

  std::unique_ptr<Condition> parse()
  {
    auto condition = disjunction();
    if (token_.kind != Token::Kind::end) {
      refuse_at(token_, "AND, OR or the end");
    }
    return condition;
  }

private:
  Token take()
  {
    Token token = std::move(token_);
    token_ = lexer_.next();
    return token;
  }

  bool take_keyword(std::string_view keyword)
  {
    const bool is = token_.is_keyword(keyword);
    if (is) {
      (void)take();
    }
    return is;
  }

  bool take_symbol(std::string_view symbol)
  {
    const bool is = token_.is_symbol(symbol);
    if (is) {
      (void)take();
    }
    return is;
  }

  std::unique_ptr<Condition> disjunction()
  {
    auto condition = conjunction();
    while (take_keyword("OR")) {
      condition = std::make_unique<Junction>(std::move(condition), Truth::yes, conjunction());
    }
    return condition;
  }

  std::unique_ptr<Condition> conjunction()
  {
    auto condition = negation();
    while (take_keyword("AND")) {
      condition = std::make_unique<Junction>(std::move(condition), Truth::no, negation());
    }
    return condition;
  }

  std::unique_ptr<Condition> negation()
  {
    if (++depth_ > deepest) {
      refuse("more than " + std::to_string(deepest) + " brackets and NOTs within each other");
    }
    std::unique_ptr<Condition> condition;
    if (take_keyword("NOT")) {
      condition = std::make_unique<NotCondition>(negation());
    } else if (take_symbol("(")) {
      condition = disjunction();
      if (!take_symbol(")")) {
        refuse_at(token_, "')', AND or OR");
      }
    } else {
      condition = predicate();
    }
    --depth_;
    return condition;
  }

  std::unique_ptr<Condition> predicate()
  {
    if (++predicates_ > most_predicates) {
      refuse("more than " + std::to_string(most_predicates) + " comparisons");
    }
    const Token first = token_;
    Operand left = operand();
    if (take_keyword("BETWEEN")) {
      return between(first, std::move(left));
    }
    if (take_keyword("NOT")) {
      if (!take_keyword("BETWEEN")) {
        refuse_at(token_, "BETWEEN");
      }
      return std::make_unique<NotCondition>(between(first, std::move(left)));
    }
    const Token token = take();
    const bool like = token.is_keyword("LIKE");
    const bool match = token.is_keyword("MATCH");
    const std::optional<Comparison> comparison = comparison_of(token);
    if (!like && !match && !comparison) {
      refuse_at(token, "a comparison (=, <>, <, <=, >, >=, LIKE, MATCH, BETWEEN)");
    }
    Operand right = operand();
    if (!left.is_field() && !right.is_field()) {
      refuse(
        "character " + std::to_string(first.position + 1) +
        ": one side of a comparison has to be a field");
    }
    if (comparison) {
      reconcile(left, right);
      return std::make_unique<ComparisonCondition>(std::move(left), *comparison, std::move(right));
    }
    return pattern(std::move(left), like, std::move(right));
  }

  static std::unique_ptr<Condition> pattern(Operand text, bool like, Operand right)
  {
    check_text(text, like ? "LIKE" : "MATCH");
    check_text(right, like ? "LIKE" : "MATCH");
    if (like) {
      return std::make_unique<LikeCondition>(std::move(text), std::move(right));
    }
    const std::optional<std::string> expression = right.literal_text();
    if (!expression) {
      refuse("MATCH wants a regular expression in quotes at its right, not a field");
    }
    return std::make_unique<MatchCondition>(std::move(text), *expression);
  }

  std::unique_ptr<Condition> between(const Token & first, Operand field)
  {
    if (!field.is_field()) {
      refuse_at(first, "a field before BETWEEN");
    }
    Operand low = literal();
    if (!take_keyword("AND")) {
      refuse_at(token_, "AND");
    }
    Operand high = literal();
    reconcile(field, low);
    reconcile(field, high);
    return std::make_unique<BetweenCondition>(std::move(field), std::move(low), std::move(high));
  }

  Operand operand()
  {
    const bool is_value = token_.is_keyword("TRUE") || token_.is_keyword("FALSE");
    if (token_.kind == Token::Kind::word && !is_value) {
      return field();
    }
    return literal();
  }

  Operand literal()
  {
    const Token token = take();
    if (token.kind == Token::Kind::parameter) {
      return parameter(token);
    }
    std::optional<Operand> value = parse_literal(token);
    if (!value) {
      refuse_at(token, "a field, a number, a text in quotes, TRUE, FALSE or a parameter like %0");
    }
    return std::move(*value);
  }

  Operand parameter(const Token & token) const
  {
    const auto index = parse_as<size_t>(token.text);
    if (!index || *index >= parameters_.size()) {
      refuse(
        "there is no parameter %" + token.text + ": " + std::to_string(parameters_.size()) +
        " are given");
    }
    const std::string & text = parameters_[*index];
    Lexer lexer(text);
    std::optional<Operand> value = parse_literal(lexer.next());
    if (!value || lexer.next().kind != Token::Kind::end) {
      refuse(
        "parameter %" + token.text +
        " is neither a number nor TRUE or FALSE nor a text in quotes: " + text);
    }
    return std::move(*value);
  }

  Operand field()
  {
    FieldPath path(layout_);
    do {
      if (token_.kind != Token::Kind::word) {
        refuse_at(token_, "the name of a field");
      }
      const std::string name = take().text;
      path.append(name, take_symbol("[") ? std::optional<size_t>(index()) : std::nullopt);
    } while (take_symbol("."));
    path.check_comparable();
    return Operand(std::move(path));
  }

  size_t index()
  {
    const Token token = take();
    const auto value =
      token.kind == Token::Kind::number ? parse_as<size_t>(token.text) : std::nullopt;
    if (!value) {
      refuse_at(token, "the number of an element, from 0");
    }
    if (!take_symbol("]")) {
      refuse_at(token_, "']'");
    }
    return *value;
  }

  Lexer lexer_;
  const std::vector<std::string> & parameters_;
  std::shared_ptr<const MessageLayout> layout_;
  Token token_;  // the next one
  int depth_ = 0;
  int predicates_ = 0;
};

}  // namespace

std::unique_ptr<Condition> parse_filter(
  const std::string & expression, const std::vector<std::string> & parameters,
  std::shared_ptr<const MessageLayout> layout)
{
  return Parser(expression, parameters, std::move(layout)).parse();
}

}  // namespace rmw_plib
