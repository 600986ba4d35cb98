// The language of content filters: what each expression says of a message, and what is said of wrong ones.
#include <clocale>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "filtered_topic.hpp"
#include "rosidl_runtime_c/primitives_sequence_functions.h"
#include "rosidl_runtime_c/string_functions.h"
#include "test_msgs/msg/arrays.h"
#include "test_msgs/msg/constants.h"
#include "test_msgs/msg/multi_nested.h"
#include "test_msgs/msg/unbounded_sequences.h"
#include "test_msgs/msg/w_strings.h"

using Expressions = NodeTest;
using UnboundedSequences = Initialized<
  test_msgs__msg__UnboundedSequences, test_msgs__msg__UnboundedSequences__init,
  test_msgs__msg__UnboundedSequences__fini>;
using MultiNested = Initialized<
  test_msgs__msg__MultiNested, test_msgs__msg__MultiNested__init,
  test_msgs__msg__MultiNested__fini>;

struct Case
{
  const char * expression;
  bool wanted;
  std::vector<std::string> parameters = {};
};

/// Publishes the message once for each case.
template <typename Message>
void expect(
  FilteredTopic & topic, const Message & message, Message & scratch,
  const std::vector<Case> & cases)
{
  for (const Case & one : cases) {
    ASSERT_EQ("", topic.complaint(one.expression, one.parameters));
    topic.publish(&message);
    EXPECT_EQ(one.wanted, topic.take(&scratch)) << one.expression;
  }
}

TEST_F(Expressions, compare_numbers)
{
  FilteredTopic topic(node_, basic_type());
  test_msgs__msg__BasicTypes message{};
  test_msgs__msg__BasicTypes scratch{};
  message.bool_value = true;
  message.byte_value = 200;
  message.char_value = 65;
  message.float32_value = 1.1f;
  message.float64_value = 1.1;
  message.int8_value = -8;
  message.uint8_value = 200;
  message.int16_value = -16000;
  message.uint16_value = 60000;
  message.int32_value = -2000000000;
  message.uint32_value = 4000000000u;
  message.int64_value = std::numeric_limits<int64_t>::min();
  message.uint64_value = std::numeric_limits<uint64_t>::max();
  expect(
    topic, message, scratch,
    {
      {"int32_value = -2000000000", true},
      {"int32_value = -2000000001", false},
      {"int32_value <> -2000000001", true},
      {"int32_value != -2000000000", false},
      {"int32_value < -1999999999", true},
      {"int32_value <= -2000000000", true},
      {"int32_value > -2000000000", false},
      {"int32_value >= -2000000000", true},
      {"-2000000000 = int32_value", true},
      {"0 > int32_value", true},
      {"0 < int32_value", false},
      {"int8_value = -8 AND int16_value = -16000", true},
      {"uint8_value = 200 AND uint16_value = 60000 AND uint32_value = 4000000000", true},
      {"byte_value = 200 AND char_value = 65", true},
      // Integers compare exactly whatever their signs.
      {"int64_value = -9223372036854775808", true},
      {"uint64_value = 18446744073709551615", true},
      {"uint64_value > 18446744073709551614", true},
      {"uint64_value > -1", true},
      {"int64_value < uint64_value", true},
      {"uint64_value < int64_value", false},
      {"int8_value < uint8_value", true},
      {"uint8_value = byte_value", true},
      // A literal beside a float is what a float would hold of it.
      {"float32_value = 1.1", true},
      {"float32_value BETWEEN 1 AND 1.1", true},
      {"float64_value = 1.1", true},
      {"float32_value = float64_value", false},
      {"float64_value > 1", true},
      {"float64_value < 11e-1", false},
      {"float64_value <= 1.1E0", true},
      {"float64_value > +1", true},
      {"int8_value > -8.5", true},
      {"int8_value > float64_value", false},
      {"bool_value = TRUE", true},
      {"bool_value = FALSE", false},
      {"bool_value <> false", true},
      {"bool_value = 1", true},
      {"uint8_value > bool_value", true},
      {"int32_value BETWEEN -2000000000 AND 0", true},
      {"int32_value BETWEEN 0 AND 1", false},
      {"int32_value NOT BETWEEN 0 AND 1", true},
      {"float64_value between 1 and 1.1", true},
    });
}

TEST_F(Expressions, integers_may_be_hexadecimal)
{
  FilteredTopic topic(node_, basic_type());
  test_msgs__msg__BasicTypes message{};
  test_msgs__msg__BasicTypes scratch{};
  message.uint8_value = 0x1e;
  message.int64_value = std::numeric_limits<int64_t>::min();
  message.uint64_value = std::numeric_limits<uint64_t>::max();
  expect(
    topic, message, scratch,
    {
      {"uint8_value = 0x1e", true},
      {"uint8_value = 0X1E", true},
      {"uint8_value = +0x01E", true},
      {"uint8_value = 0x1f", false},
      {"uint8_value = %0", true, {"0x1e"}},
      {"uint64_value = 0xFFFFFFFFFFFFFFFF", true},
      {"int64_value = -0x8000000000000000", true},
      {"uint8_value = 030", true},  // no octal
    });
  for (const char * wrong :
       {"uint8_value = 0x", "uint8_value = 0xg", "uint8_value = 0x1.8", "uint8_value = 0x1p3",
        "uint8_value = 0x10000000000000000", "uint8_value = -0x8000000000000001"}) {
    EXPECT_NE("", topic.complaint(wrong)) << wrong;
  }
}

TEST_F(Expressions, literals_are_rounded_to_what_a_float_holds)
{
  FilteredTopic topic(node_, basic_type());
  test_msgs__msg__BasicTypes message{};
  test_msgs__msg__BasicTypes scratch{};
  message.float32_value = 16777217.0F;  // which no float is
  expect(
    topic, message, scratch,
    {{"float32_value = 16777217", true}, {"float32_value = 16777217.0", true}});
}

TEST_F(Expressions, numbers_are_read_as_in_c_whatever_the_locale)
{
  const std::string before = std::setlocale(LC_ALL, nullptr);
  // Not installed everywhere; where it is, strtold() would stop at the point.
  (void)std::setlocale(LC_ALL, "de_DE.UTF-8");
  FilteredTopic topic(node_, basic_type());
  test_msgs__msg__BasicTypes message{};
  test_msgs__msg__BasicTypes scratch{};
  message.float64_value = 1.25;
  expect(
    topic, message, scratch, {{"float64_value > 1.5", false}, {"float64_value > 1.125", true}});
  (void)std::setlocale(LC_ALL, before.c_str());
}

TEST_F(Expressions, nan_is_ordered_beside_nothing)
{
  FilteredTopic topic(node_, basic_type());
  test_msgs__msg__BasicTypes message{};
  test_msgs__msg__BasicTypes scratch{};
  message.float64_value = std::nan("");
  expect(
    topic, message, scratch,
    {
      {"float64_value = 0", false},
      {"float64_value <> 0", true},
      {"float64_value < 0", false},
      {"float64_value >= 0", false},
      {"float64_value = float64_value", false},
    });
}

TEST_F(Expressions, combine_conditions)
{
  FilteredTopic topic(node_, basic_type());
  test_msgs__msg__BasicTypes message{};
  test_msgs__msg__BasicTypes scratch{};
  message.int32_value = 1;
  // AND binds tighter than OR, NOT tighter than AND.
  expect(
    topic, message, scratch,
    {
      {"int32_value = 1 OR int32_value = 2 AND int32_value = 3", true},
      {"(int32_value = 1 OR int32_value = 2) AND int32_value = 3", false},
      {"NOT int32_value = 2 AND int32_value = 3", false},
      {"NOT (int32_value = 2 AND int32_value = 3)", true},
      {"NOT NOT int32_value = 1", true},
      {"not int32_value = 2 And int32_value = 1 oR int32_value = 7", true},
      {"((((int32_value=1))))", true},
      {"  int32_value\n=\t1  ", true},
      {"int32_value = %0", true, {"1"}},
      {"int32_value = %1 OR int32_value = %0", true, {" 1 ", "-4"}},
      {"int32_value BETWEEN %1 AND %0", true, {"5", "0.5"}},
      {"bool_value = %0", true, {"FALSE"}},
    });
}

TEST_F(Expressions, compare_text)
{
  FilteredTopic topic(node_, strings_type());
  StringsMessage message;
  StringsMessage scratch;
  ASSERT_TRUE(rosidl_runtime_c__String__assign(&message.string_value, "camera/left-01"));
  expect(
    topic, message, scratch,
    {
      {"string_value = 'camera/left-01'", true},
      {"string_value = `camera/left-01'", true},
      {"string_value = 'camera/left-0'", false},
      {"string_value <> 'camera'", true},
      {"string_value > 'camera'", true},
      {"string_value < 'd'", true},
      {"string_value BETWEEN 'c' AND 'd'", true},
      {"'camera/left-01' = string_value", true},
      {"string_value = %0", true, {"'camera/left-01'"}},
      {"string_value_default1 = bounded_string_value_default1", true},
      {"string_value_default2 = 'Hello''world!'", true},
      {"string_value_default3 = 'Hello\"world!'", true},
      {"string_value LIKE 'camera/%'", true},
      {"string_value LIKE '%left%'", true},
      {"string_value LIKE '%'", true},
      {"string_value LIKE '*-0?'", true},
      {"string_value LIKE 'camera/left-0_'", true},
      {"string_value LIKE 'camera/left-_'", false},
      {"string_value LIKE 'camera'", false},
      {"string_value LIKE '%1%1'", false},
      {"string_value like %0", true, {"'%-__'"}},
      {"bounded_string_value LIKE ''", true},
      {"string_value_default1 LIKE string_value_default2", false},
      {"string_value MATCH 'camera/(left|right)-[0-9]+'", true},
      {"string_value match 'camera/.*-\\d{2}'", true},
      {"string_value MATCH 'camera'", false},
      {"string_value MATCH 'camera/left-\\D+'", false},
      {"string_value MATCH %0", true, {"'[a-z/-]+\\d+'"}},
      {"string_value MATCH '[[:alpha:]/]+-[\\d]+'", true},
      {"string_value MATCH '([a-z]{1,20}/){1,9}[a-z]{2,}-\\d{2}'", true},
      {"string_value MATCH '([a-z]{1,20}/){2,9}[a-z]{2,}-\\d{2}'", false},
      {"string_value MATCH '[^]\\d]+[]01]+'", true},
      {"NOT string_value MATCH 'lidar.*'", true},
    });
}

TEST_F(Expressions, regular_expressions_take_time_in_proportion_to_the_text)
{
  FilteredTopic topic(node_, strings_type());
  StringsMessage message;
  StringsMessage scratch;
  // Whoever backtracks tries 2 to the 60,000 ways; whoever recurses has no stack for it.
  ASSERT_TRUE(rosidl_runtime_c__String__assign(
    &message.string_value, (std::string(60000, 'a') + "b").c_str()));
  expect(
    topic, message, scratch,
    {{"string_value MATCH '(a+)+'", false}, {"string_value MATCH '(a|aa)*b'", true}});
  ASSERT_TRUE(
    rosidl_runtime_c__String__assign(&message.string_value, std::string(70000, 'a').c_str()));
  expect(
    topic, message, scratch,
    {{"string_value MATCH 'a+'", true},
     {"string_value MATCH '(((((((((((a*)*)*)*)*)*)*)*)*)*)*)*b'", false},
     {"string_value LIKE 'a%'", true}});
}

TEST_F(Expressions, reach_elements_and_what_lies_behind_them)
{
  FilteredTopic topic(node_, ROSIDL_GET_MSG_TYPE_SUPPORT(test_msgs, msg, UnboundedSequences));
  UnboundedSequences message;
  UnboundedSequences scratch;
  ASSERT_TRUE(rosidl_runtime_c__double__Sequence__init(&message.float64_values, 3));
  ASSERT_TRUE(rosidl_runtime_c__int8__Sequence__init(&message.int8_values, 5));
  ASSERT_TRUE(rosidl_runtime_c__String__Sequence__init(&message.string_values, 2));
  ASSERT_TRUE(test_msgs__msg__BasicTypes__Sequence__init(&message.basic_types_values, 2));
  ASSERT_TRUE(test_msgs__msg__Constants__Sequence__init(&message.constants_values, 3));
  message.float64_values.data[2] = 2.5;
  message.int8_values.data[4] = -4;
  ASSERT_TRUE(rosidl_runtime_c__String__assign(&message.string_values.data[1], "second"));
  message.basic_types_values.data[1].uint16_value = 17;
  message.alignment_check = 42;
  expect(
    topic, message, scratch,
    {
      {"float64_values[2] = 2.5", true},
      {"int8_values[4] = -4", true},
      {"string_values[0] = ''", true},
      {"string_values[1] = 'second'", true},
      {"basic_types_values[1].uint16_value = 17", true},
      {"basic_types_values[0].uint16_value = 17", false},
      {"string_values_default[1] = 'max value'", true},
      {"int64_values_default[2] = -9223372036854775808", true},
      {"alignment_check = 42", true},
      // An element that is not there makes a condition neither true nor false.
      {"float64_values[3] = 2.5", false},
      {"NOT float64_values[3] = 2.5", false},
      {"float64_values[3] = 2.5 OR alignment_check = 42", true},
      {"float64_values[3] = 2.5 AND alignment_check = 42", false},
      {"NOT (float64_values[3] = 2.5 AND alignment_check = 0)", true},
      {"bool_values[0] = TRUE OR string_values[9] LIKE '%'", false},
    });
}

TEST_F(Expressions, reach_through_messages_in_messages)
{
  FilteredTopic topic(node_, ROSIDL_GET_MSG_TYPE_SUPPORT(test_msgs, msg, MultiNested));
  MultiNested message;
  MultiNested scratch;
  ASSERT_TRUE(test_msgs__msg__Arrays__Sequence__init(&message.bounded_sequence_of_arrays, 2));
  ASSERT_TRUE(test_msgs__msg__UnboundedSequences__Sequence__init(
    &message.unbounded_sequence_of_unbounded_sequences, 3));
  message.array_of_arrays[2].alignment_check = 7;
  message.array_of_arrays[1].basic_types_values[2].float32_value = 0.5f;
  message.bounded_sequence_of_arrays.data[1].alignment_check = 8;
  message.unbounded_sequence_of_unbounded_sequences.data[2].alignment_check = 9;
  expect(
    topic, message, scratch,
    {
      {"array_of_arrays[2].alignment_check = 7", true},
      {"array_of_arrays[1].basic_types_values[2].float32_value = 0.5", true},
      {"array_of_arrays[0].string_values_default[2] = 'min value'", true},
      {"bounded_sequence_of_arrays[1].alignment_check = 8", true},
      {"unbounded_sequence_of_unbounded_sequences[2].alignment_check = 9", true},
      {"array_of_arrays[2].alignment_check < bounded_sequence_of_arrays[1].alignment_check", true},
    });
}

TEST_F(Expressions, wrong_ones_are_explained)
{
  FilteredTopic topic(node_, ROSIDL_GET_MSG_TYPE_SUPPORT(test_msgs, msg, Arrays));
  struct Wrong
  {
    const char * expression;
    const char * complaint;
    std::vector<std::string> parameters = {};
  };
  const std::vector<Wrong> wrongs{
    {"alignment_check =", "character 18: a field, a number, a text in quotes"},
    {"alignment_check", "a comparison (=, <>, <, <=, >, >=, LIKE, MATCH, BETWEEN) is wanted"},
    {"alignment_check = 1 2", "AND, OR or the end is wanted, not '2'"},
    {"alignment_check == 1", "is wanted, not '='"},
    {"alignment_check = 1 AND", "is wanted, not the end"},
    {"(alignment_check = 1", "')', AND or OR is wanted"},
    {"alignment_check = #", "'#' has no meaning"},
    {"alignment_check = 'text'", "'alignment_check' and a text cannot be compared"},
    {"bool_values[0] = 1.5", "'bool_values[0]' and a number cannot be compared"},
    {"string_values[0] = 5", "'string_values[0]' and a number cannot be compared"},
    {"string_values[0] = 'open", "the text has no closing quote"},
    {"alignment_check = 99999999999999999999", "has more than 64 bits"},
    {"1 = 1", "one side of a comparison has to be a field"},
    {"5 BETWEEN 1 AND 9", "a field before BETWEEN is wanted"},
    {"alignment_check BETWEEN 1 OR 2", "AND is wanted, not 'OR'"},
    {"alignment_check NOT 5", "BETWEEN is wanted"},
    {"alignment_check BETWEEN 1 AND 'x'", "cannot be compared"},
    {"no_such_field = 1", "test_msgs/msg/Arrays has no field 'no_such_field'; it has bool_values"},
    {"basic_types_values[0].nothing = 1", "test_msgs/msg/BasicTypes has no field 'nothing'"},
    {"basic_types_values[0] = 1", "is a message: name one of its fields bool_value"},
    {"basic_types_values.bool_value = 1", "has many elements: name one of them"},
    {"bool_values = TRUE", "has many elements: name one of them, as in 'bool_values[0]'"},
    {"bool_values[3] = TRUE", "has 3 elements, and none at 3"},
    {"bool_values[x] = TRUE", "the number of an element, from 0 is wanted"},
    {"bool_values[-1] = TRUE", "the number of an element, from 0 is wanted"},
    {"alignment_check[0] = 1", "is neither an array nor a sequence"},
    {"alignment_check.x = 1", "is no message and has no field 'x'"},
    {"alignment_check LIKE '1'", "'alignment_check' is no text, which LIKE is for"},
    {"string_values[0] MATCH 5", "a number is no text, which MATCH is for"},
    {"string_values[0] MATCH '('", "is no regular expression"},
    {"string_values[0] MATCH '(a)\\1'", "invalid escape sequence: \\1"},
    {"string_values[0] MATCH 'a)|(b'", "is no regular expression"},
    {"string_values[0] MATCH 'a++++++++++++++++++++++++++++++++++++++++'",
     "bad repetition operator"},
    {"string_values[0] MATCH '((a{1,100}b){100,})'", "invalid repetition size"},
    {"string_values[0] MATCH 'a{32767}'", "invalid repetition size"},
    {"string_values[0] MATCH '((((.{30}){30}){30})+c)+'", "invalid repetition size"},
    {"string_values[0] MATCH string_values[1]", "wants a regular expression in quotes"},
    {"alignment_check = %0", "there is no parameter %0: 0 are given"},
    {"alignment_check = %7", "there is no parameter %7: 1 are given", {"1"}},
    {"alignment_check = %100", "a parameter is '%' and a number from 0 to 99"},
    {"alignment_check = %", "a parameter is '%' and a number from 0 to 99"},
    {"string_values[0] = %0", "is neither a number nor TRUE or FALSE nor a text", {"text"}},
    {"string_values[0] = %0", "is neither a number nor TRUE or FALSE nor a text", {"'a' 'b'"}},
  };
  for (const Wrong & wrong : wrongs) {
    const std::string complaint = topic.complaint(wrong.expression, wrong.parameters);
    EXPECT_NE(std::string::npos, complaint.find(wrong.complaint))
      << wrong.expression << "\n  said: " << complaint << "\n  not: " << wrong.complaint;
    EXPECT_NE(std::string::npos, complaint.find(wrong.expression)) << "it names the expression";
  }
  std::string long_one = "alignment_check = 0";
  for (int i = 0; i < 300; ++i) {
    long_one += " OR alignment_check = 1";
  }
  EXPECT_NE(std::string::npos, topic.complaint(long_one).find("more than 256 comparisons"));
  const std::string deep(1000, '(');
  EXPECT_NE(std::string::npos, topic.complaint(deep).find("more than 64 brackets"));
  EXPECT_NE(
    std::string::npos,
    topic.complaint("alignment_check = 1", std::vector<std::string>(101, "1")).find("at most 100"));
}

TEST_F(Expressions, wide_text_is_passed_over_but_not_compared)
{
  FilteredTopic topic(node_, ROSIDL_GET_MSG_TYPE_SUPPORT(test_msgs, msg, WStrings));
  EXPECT_NE(
    std::string::npos,
    topic.complaint("wstring_value = 'a'").find("is a wide string or character"));
}
