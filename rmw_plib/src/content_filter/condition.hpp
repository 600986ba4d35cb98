#ifndef CONTENT_FILTER__CONDITION_HPP_
#define CONTENT_FILTER__CONDITION_HPP_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "content_filter/field_path.hpp"
#include "content_filter/pattern.hpp"
#include "content_filter/value.hpp"

namespace rmw_plib
{

/// The truth of a condition; nobody knows where an element that it names is missing, as in SQL.
enum class Truth : uint8_t { no, unknown, yes };

/// A part of a filter expression that is true or false of a message.
class Condition
{
public:
  virtual ~Condition() = default;

  virtual Truth of(const void * data, size_t size) = 0;
};

/// One side of a comparison.
class Operand
{
public:
  explicit Operand(FieldPath field) : content_(std::move(field)) {}
  explicit Operand(std::string text) : content_(std::move(text)) {}
  explicit Operand(Value number) : content_(number) {}

  bool is_field() const noexcept { return std::holds_alternative<FieldPath>(content_); }

  /// A value of its kind, or the very value when it is no field.
  Value example() const noexcept;

  /// As it was written, for messages.
  std::string description() const;

  /// Be real when it is a literal integer and `other` a field of real numbers.
  void adapt_to(const Operand & other);

  /// Its text when it is a text that is no field.
  std::optional<std::string> literal_text() const;

  std::optional<Value> read(const void * data, size_t size);

private:
  std::variant<FieldPath, std::string, Value> content_;
};

class NotCondition : public Condition
{
public:
  explicit NotCondition(std::unique_ptr<Condition> inner) : inner_(std::move(inner)) {}
  Truth of(const void * data, size_t size) override;

private:
  std::unique_ptr<Condition> inner_;
};

/// Two conditions, one of which may settle the truth of both.
class Junction : public Condition
{
public:
  /// `settling` is the truth of a part that leaves no question: no for AND, yes for OR.
  Junction(std::unique_ptr<Condition> left, Truth settling, std::unique_ptr<Condition> right)
  : left_(std::move(left)), settling_(settling), right_(std::move(right))
  {
  }
  Truth of(const void * data, size_t size) override;

private:
  std::unique_ptr<Condition> left_;
  Truth settling_;
  std::unique_ptr<Condition> right_;
};

enum class Comparison : uint8_t {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
};

class ComparisonCondition : public Condition
{
public:
  ComparisonCondition(Operand left, Comparison comparison, Operand right)
  : left_(std::move(left)), comparison_(comparison), right_(std::move(right))
  {
  }
  Truth of(const void * data, size_t size) override;

private:
  Operand left_;
  Comparison comparison_;
  Operand right_;
};

/// The ends belong to the range.
class BetweenCondition : public Condition
{
public:
  BetweenCondition(Operand field, Operand low, Operand high)
  : field_(std::move(field)), low_(std::move(low)), high_(std::move(high))
  {
  }
  Truth of(const void * data, size_t size) override;

private:
  Operand field_;
  Operand low_;
  Operand high_;
};

class LikeCondition : public Condition
{
public:
  LikeCondition(Operand text, Operand pattern)
  : text_(std::move(text)), pattern_(std::move(pattern))
  {
  }
  Truth of(const void * data, size_t size) override;

private:
  Operand text_;
  Operand pattern_;
};

class MatchCondition : public Condition
{
public:
  /// Throws Error when `expression` is no regular expression.
  MatchCondition(Operand text, const std::string & expression)
  : text_(std::move(text)), expression_(expression)
  {
  }
  Truth of(const void * data, size_t size) override;

private:
  Operand text_;
  RegularExpression expression_;
};

}  // namespace rmw_plib

#endif  // CONTENT_FILTER__CONDITION_HPP_
