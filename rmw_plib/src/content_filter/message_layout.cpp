#include "content_filter/message_layout.hpp"

#include <algorithm>
#include <string>

#include "rosidl_runtime_c/type_description/field_type__struct.h"

#include "error.hpp"

namespace rmw_plib
{

namespace
{

/// Arrays and sequences of a type are numbered like the type itself, so much further on.
constexpr uint8_t array_offset = 48;
constexpr uint8_t bounded_sequence_offset = 96;
constexpr uint8_t unbounded_sequence_offset = 144;

std::string to_string(const rosidl_runtime_c__String & string)
{
  return {string.data, string.size};
}

Arity arity_of(uint8_t type_id)
{
  if (type_id > bounded_sequence_offset) {
    return Arity::sequence;
  }
  return type_id > array_offset ? Arity::array : Arity::one;
}

uint8_t element_type(uint8_t type_id)
{
  for (const uint8_t offset : {unbounded_sequence_offset, bounded_sequence_offset, array_offset}) {
    if (type_id > offset) {
      return type_id - offset;
    }
  }
  return type_id;
}

void set_kind(Field & field, FieldKind kind, size_t size)
{
  field.kind = kind;
  field.size = size;
}

void set_element(Field & field, uint8_t type_id)
{
  switch (type_id) {
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_NESTED_TYPE:
      return set_kind(field, FieldKind::message, 0);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_BOOLEAN:
      return set_kind(field, FieldKind::boolean, 1);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_CHAR:
      return set_kind(field, FieldKind::character, 1);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_INT8:
      return set_kind(field, FieldKind::signed_integer, 1);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_INT16:
      return set_kind(field, FieldKind::signed_integer, 2);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_INT32:
      return set_kind(field, FieldKind::signed_integer, 4);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_INT64:
      return set_kind(field, FieldKind::signed_integer, 8);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_BYTE:
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_UINT8:
      return set_kind(field, FieldKind::unsigned_integer, 1);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_UINT16:
      return set_kind(field, FieldKind::unsigned_integer, 2);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_UINT32:
      return set_kind(field, FieldKind::unsigned_integer, 4);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_UINT64:
      return set_kind(field, FieldKind::unsigned_integer, 8);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_FLOAT:
      return set_kind(field, FieldKind::real, 4);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_DOUBLE:
      return set_kind(field, FieldKind::real, 8);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_LONG_DOUBLE:
      return set_kind(field, FieldKind::real, 16);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_STRING:
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_FIXED_STRING:
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_BOUNDED_STRING:
      return set_kind(field, FieldKind::text, 0);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_WCHAR:
      return set_kind(field, FieldKind::wide_character, 2);
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_WSTRING:
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_FIXED_WSTRING:
    case rosidl_runtime_c__type_description__FieldType__FIELD_TYPE_BOUNDED_WSTRING:
      return set_kind(field, FieldKind::wide_text, 0);
    default:
      throw Error(
        RMW_RET_UNSUPPORTED,
        "field '" + field.name + "' is of a type that content filters do not know");
  }
}

size_t find_message(const std::vector<std::string> & names, const std::string & name)
{
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw Error(RMW_RET_ERROR, "the type description does not describe " + name);
  }
  return static_cast<size_t>(found - names.begin());
}

Field make_field(
  const rosidl_runtime_c__type_description__Field & described,
  const std::vector<std::string> & names)
{
  Field field;
  field.name = to_string(described.name);
  field.arity = arity_of(described.type.type_id);
  field.count = described.type.capacity;
  set_element(field, element_type(described.type.type_id));
  if (field.kind == FieldKind::message) {
    field.message = find_message(names, to_string(described.type.nested_type_name));
  }
  return field;
}

}  // namespace

MessageLayout::MessageLayout(
  const rosidl_runtime_c__type_description__TypeDescription & description)
{
  const auto & others = description.referenced_type_descriptions;
  names_.push_back(to_string(description.type_description.type_name));
  for (size_t i = 0; i < others.size; ++i) {
    names_.push_back(to_string(others.data[i].type_name));
  }
  for (size_t i = 0; i < names_.size(); ++i) {
    const auto & described =
      i == 0 ? description.type_description.fields : others.data[i - 1].fields;
    Fields fields;
    for (size_t k = 0; k < described.size; ++k) {
      fields.push_back(make_field(described.data[k], names_));
    }
    messages_.push_back(std::move(fields));
  }
}

}  // namespace rmw_plib
