#include "content_filter/lexer.hpp"

#include <algorithm>
#include <array>

#include "error.hpp"

namespace rmw_plib
{

namespace
{

// Of ASCII, whatever the locale that the application has set.

bool is_digit(char character) { return character >= '0' && character <= '9'; }

char to_upper(char character)
{
  return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A')
                                              : character;
}

bool is_letter(char character)
{
  return (to_upper(character) >= 'A' && to_upper(character) <= 'Z') || character == '_';
}

bool is_space(char character)
{
  return character == ' ' || (character >= '\t' && character <= '\r');
}

bool is_hexadecimal(char character)
{
  return is_digit(character) || (to_upper(character) >= 'A' && to_upper(character) <= 'F');
}

bool is_sign(char character) { return character == '+' || character == '-'; }

/// The longer ones first.
constexpr std::array<std::string_view, 12> symbols{"<=", ">=", "<>", "!=", "=", "<",
                                                   ">",  "(",  ")",  "[",  "]", "."};

[[noreturn]] void refuse(size_t position, const std::string & text)
{
  throw Error(RMW_RET_INVALID_ARGUMENT, "character " + std::to_string(position + 1) + ": " + text);
}

}  // namespace

bool Token::is_keyword(std::string_view keyword) const
{
  return kind == Kind::word && text.size() == keyword.size() &&
         std::equal(text.begin(), text.end(), keyword.begin(), [](char mine, char theirs) {
           return to_upper(mine) == theirs;
         });
}

std::string Token::description() const
{
  switch (kind) {
    case Kind::end:
      return "the end";
    case Kind::text:
      return "the text '" + text + "'";
    case Kind::parameter:
      return "'%" + text + "'";
    default:
      return "'" + text + "'";
  }
}

char Lexer::at(size_t position) const { return position < input_.size() ? input_[position] : '\0'; }

Token Lexer::next()
{
  while (is_space(at(position_))) {
    ++position_;
  }
  if (position_ >= input_.size()) {
    return take(Token::Kind::end, position_);
  }
  const char first = at(position_);
  if (starts_number()) {
    return number();
  }
  if (is_letter(first)) {
    return word();
  }
  if (first == '\'' || first == '`') {
    return text();
  }
  return first == '%' ? parameter() : symbol();
}

Token Lexer::take(Token::Kind kind, size_t end)
{
  Token token{kind, std::string(input_.substr(position_, end - position_)), position_};
  position_ = end;
  return token;
}

size_t Lexer::digits_end(size_t from) const
{
  while (is_digit(at(from))) {
    ++from;
  }
  return from;
}

bool Lexer::starts_number() const
{
  return is_digit(at(position_)) || (is_sign(at(position_)) && is_digit(at(position_ + 1)));
}

Token Lexer::number()
{
  const size_t start = position_ + (is_sign(at(position_)) ? 1 : 0);
  if (at(start) == '0' && to_upper(at(start + 1)) == 'X' && is_hexadecimal(at(start + 2))) {
    size_t end = start + 2;
    while (is_hexadecimal(at(end))) {
      ++end;
    }
    return take(Token::Kind::number, end);
  }
  size_t end = digits_end(start);
  if (at(end) == '.' && is_digit(at(end + 1))) {
    end = digits_end(end + 1);
  }
  if (at(end) == 'e' || at(end) == 'E') {
    const size_t exponent = end + (is_sign(at(end + 1)) ? 2 : 1);
    end = is_digit(at(exponent)) ? digits_end(exponent) : end;
  }
  return take(Token::Kind::number, end);
}

Token Lexer::word()
{
  size_t end = position_;
  while (is_letter(at(end)) || is_digit(at(end))) {
    ++end;
  }
  return take(Token::Kind::word, end);
}

Token Lexer::text()
{
  // Two quotes within a text are one of it.
  Token token{Token::Kind::text, "", position_};
  size_t end = position_ + 1;
  while (end < input_.size() && (input_[end] != '\'' || at(end + 1) == '\'')) {
    token.text += input_[end];
    end += input_[end] == '\'' ? 2 : 1;
  }
  if (end >= input_.size()) {
    refuse(position_, "the text has no closing quote");
  }
  position_ = end + 1;
  return token;
}

Token Lexer::parameter()
{
  const size_t end = digits_end(position_ + 1);
  if (end == position_ + 1 || end > position_ + 3) {
    refuse(position_, "a parameter is '%' and a number from 0 to 99");
  }
  ++position_;
  Token token = take(Token::Kind::parameter, end);
  --token.position;
  return token;
}

Token Lexer::symbol()
{
  const std::string_view rest = input_.substr(position_);
  for (const std::string_view symbol : symbols) {
    if (rest.substr(0, symbol.size()) == symbol) {
      return take(Token::Kind::symbol, position_ + symbol.size());
    }
  }
  refuse(position_, std::string("'") + rest[0] + "' has no meaning in a filter expression");
}

}  // namespace rmw_plib
