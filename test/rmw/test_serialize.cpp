// Serialization: what was serialized deserializes to the same; malformed bytes are an error.
#include <vector>

#include "fixtures.hpp"
#include "rosidl_runtime_c/message_type_support_struct.h"
#include "rosidl_runtime_c/string_functions.h"

class Serialize : public testing::Test
{
protected:
  void SetUp() override
  {
    const rcutils_allocator_t allocator = rcutils_get_default_allocator();
    ASSERT_RMW_OK(rmw_serialized_message_init(&bytes_, 0, &allocator));
  }

  void TearDown() override { EXPECT_RMW_OK(rmw_serialized_message_fini(&bytes_)); }

  rmw_serialized_message_t bytes_ = rmw_get_zero_initialized_serialized_message();
  StringsMessage message_;
};

TEST_F(Serialize, there_and_back)
{
  ASSERT_TRUE(rosidl_runtime_c__String__assign(&message_.string_value, "there"));
  ASSERT_RMW_OK(rmw_serialize(&message_, strings_type(), &bytes_));
  const uint8_t little_endian_cdr[] = {0, 1, 0, 0};
  ASSERT_GE(bytes_.buffer_length, sizeof(little_endian_cdr));
  EXPECT_EQ(0, memcmp(little_endian_cdr, bytes_.buffer, sizeof(little_endian_cdr)));
  ASSERT_TRUE(rosidl_runtime_c__String__assign(&message_.string_value, "elsewhere"));
  ASSERT_RMW_OK(rmw_deserialize(&bytes_, strings_type(), &message_));
  EXPECT_STREQ("there", message_.string_value.data);
}

TEST_F(Serialize, any_truncation_is_an_error)
{
  ASSERT_RMW_OK(rmw_serialize(&message_, strings_type(), &bytes_));
  const size_t length = bytes_.buffer_length;
  // The last bytes may be padding or the end of an empty string that needs none.
  for (bytes_.buffer_length = 0; bytes_.buffer_length + 8 < length; ++bytes_.buffer_length) {
    EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_deserialize(&bytes_, strings_type(), &message_));
  }
}

TEST_F(Serialize, other_encodings_are_an_error)
{
  ASSERT_RMW_OK(rmw_serialize(&message_, strings_type(), &bytes_));
  for (uint8_t encoding = 2; encoding < 16; ++encoding) {
    bytes_.buffer[1] = encoding;
    EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_deserialize(&bytes_, strings_type(), &message_));
  }
}

TEST_F(Serialize, padding_that_is_longer_than_the_message_is_an_error)
{
  uint8_t data[] = {0, 0, 0, 2, 1, 1};
  rmw_serialized_message_t bytes = rmw_get_zero_initialized_serialized_message();
  bytes.buffer = data;
  test_msgs__msg__BasicTypes basic{};
  for (bytes.buffer_length = 4; bytes.buffer_length <= sizeof(data); ++bytes.buffer_length) {
    EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_deserialize(&bytes, basic_type(), &basic));
  }
}

TEST_F(Serialize, arguments_are_checked)
{
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_serialize(nullptr, strings_type(), &bytes_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_serialize(&message_, nullptr, &bytes_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_serialize(&message_, strings_type(), nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_deserialize(nullptr, strings_type(), &message_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_deserialize(&bytes_, nullptr, &message_));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_deserialize(&bytes_, strings_type(), nullptr));
  rosidl_message_type_support_t foreign_type = *strings_type();
  foreign_type.typesupport_identifier = "not-a-type-support";
  EXPECT_RMW_ERROR(RMW_RET_ERROR, rmw_serialize(&message_, &foreign_type, &bytes_));
}

TEST_F(Serialize, a_bounded_type_has_a_size)
{
  const rosidl_runtime_c__Sequence__bound bound{};
  size_t size = 0;
  EXPECT_RMW_OK(rmw_get_serialized_message_size(basic_type(), &bound, &size));
  test_msgs__msg__BasicTypes basic{};
  ASSERT_RMW_OK(rmw_serialize(&basic, basic_type(), &bytes_));
  EXPECT_GE(size, bytes_.buffer_length);
  EXPECT_RMW_ERROR(
    RMW_RET_UNSUPPORTED, rmw_get_serialized_message_size(strings_type(), &bound, &size));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_get_serialized_message_size(nullptr, &bound, &size));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_get_serialized_message_size(basic_type(), nullptr, &size));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_get_serialized_message_size(basic_type(), &bound, nullptr));
}
