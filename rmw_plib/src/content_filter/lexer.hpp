#ifndef CONTENT_FILTER__LEXER_HPP_
#define CONTENT_FILTER__LEXER_HPP_

#include <cstddef>
#include <string>
#include <string_view>

namespace rmw_plib
{

struct Token
{
  enum class Kind {
    end,
    word,       // a name or a keyword
    number,     // with its sign
    text,       // without its quotes
    parameter,  // the digits behind '%'
    symbol,     // an operator, a bracket, a dot
  };

  Kind kind = Kind::end;
  std::string text;
  size_t position = 0;  // of its first character

  bool is_symbol(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }

  /// Whether it is that keyword, which is given in capitals, in any case.
  bool is_keyword(std::string_view keyword) const;

  /// For messages.
  std::string description() const;
};

/// Cuts an expression into tokens.
class Lexer
{
public:
  explicit Lexer(std::string_view input) : input_(input) {}

  /// The next token, and go past it. Throws Error at what is none.
  Token next();

private:
  bool starts_number() const;
  Token number();
  Token text();
  Token parameter();
  Token word();
  Token symbol();
  Token take(Token::Kind kind, size_t end);
  size_t digits_end(size_t from) const;
  char at(size_t position) const;

  std::string_view input_;
  size_t position_ = 0;
};

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__LEXER_HPP_
