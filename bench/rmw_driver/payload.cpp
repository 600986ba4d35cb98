#include "payload.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "fixed_type.hpp"
#include "rmw/error_handling.h"
#include "rosidl_typesupport_cpp/message_type_support.hpp"
#include "sensor_msgs/msg/image.hpp"

namespace bench
{

namespace
{

using sensor_msgs::msg::Image;

/// Of a loan as much is touched, at its start and at its end.
constexpr size_t touched_size = 64;

const rosidl_message_type_support_t * image_type()
{
  return rosidl_typesupport_cpp::get_message_type_support_handle<Image>();
}

void write(const Stamp & stamp, uint8_t * payload, size_t size)
{
  std::memcpy(payload, &stamp, sizeof(stamp));
  std::memcpy(payload + size - sizeof(stamp.sequence), &stamp.sequence, sizeof(stamp.sequence));
}

class ImageSender : public Sender
{
public:
  ImageSender(Session & session, const Options & options, const std::string & topic)
  : Sender(session, options, topic, image_type())
  {
    image_.header.frame_id = "camera";
    image_.encoding = "8UC1";
    image_.height = 1;
    image_.width = image_.step = static_cast<uint32_t>(options.size);
    image_.data.assign(options.size, 0x5a);
  }

protected:
  rmw_ret_t try_to_send(const Stamp & stamp) override
  {
    write(stamp, image_.data.data(), image_.data.size());
    return publisher_.rmw().publish(publisher_.handle(), &image_, nullptr);
  }

private:
  Image image_;
};

class ImageReceiver : public Receiver
{
public:
  ImageReceiver(Session & session, const Options & options, const std::string & topic)
  : Receiver(session, options, topic, image_type()), size_(options.size)
  {
    image_.data.reserve(size_);
  }

  bool take(Stamp & stamp) override
  {
    bool taken = false;
    rmw_message_info_t info;
    check(
      subscription_.rmw().take_with_info(subscription_.handle(), &image_, &taken, &info, nullptr),
      "take");
    if (taken) {
      read(image_.data.data(), image_.data.size(), stamp);
    }
    return taken;
  }

private:
  size_t size_;
  Image image_;
};

class LoanSender : public Sender
{
public:
  LoanSender(Session & session, const Options & options, const std::string & topic)
  : Sender(session, options, topic, fixed_type(options.size)),
    type_(fixed_type(options.size)),
    size_(options.size)
  {
    if (!publisher_.handle()->can_loan_messages) {
      throw CannotLoan();
    }
  }

protected:
  rmw_ret_t try_to_send(const Stamp & stamp) override
  {
    void * loan = nullptr;
    const RmwLibrary & rmw = publisher_.rmw();
    rmw_ret_t ret = rmw.borrow_loaned_message(publisher_.handle(), type_, &loan);
    if (ret != RMW_RET_OK) {
      return ret;
    }
    auto * const payload = static_cast<uint8_t *>(loan);
    std::memset(payload, 0x5a, touched_size);
    std::memset(payload + size_ - touched_size, 0x5a, touched_size);
    write(stamp, payload, size_);
    ret = rmw.publish_loaned_message(publisher_.handle(), loan, nullptr);
    if (ret != RMW_RET_OK) {
      // Some middlewares leave it with us, others have it back already and refuse.
      ignore(rmw.return_loaned_message_from_publisher(publisher_.handle(), loan));
    }
    return ret;
  }

private:
  const rosidl_message_type_support_t * type_;
  size_t size_;
};

class LoanReceiver : public Receiver
{
public:
  LoanReceiver(Session & session, const Options & options, const std::string & topic)
  : Receiver(session, options, topic, fixed_type(options.size)), size_(options.size)
  {
    if (!subscription_.handle()->can_loan_messages) {
      throw CannotLoan();
    }
  }

  bool take(Stamp & stamp) override
  {
    bool taken = false;
    void * loan = nullptr;
    rmw_message_info_t info;
    check(
      subscription_.rmw().take_loaned_message_with_info(
        subscription_.handle(), &loan, &taken, &info, nullptr),
      "take");
    if (taken) {
      read(static_cast<const uint8_t *>(loan), size_, stamp);
      check(
        subscription_.rmw().return_loaned_message_from_subscription(subscription_.handle(), loan),
        "return of a loan");
    }
    return taken;
  }

private:
  size_t size_;
};

}  // namespace

std::unique_ptr<Sender> Sender::create(
  Session & session, const Options & options, const std::string & topic)
{
  if (options.fixed) {
    return std::make_unique<LoanSender>(session, options, topic);
  }
  return std::make_unique<ImageSender>(session, options, topic);
}

Sender::Sender(
  Session & session, const Options & options, const std::string & topic,
  const rosidl_message_type_support_t * type)
: publisher_(session, type, options.topic + topic, qos_of(options)), limit_(&session.limit())
{
  if (options.size < touched_size) {
    throw std::invalid_argument("payloads have 64 bytes at least");
  }
}

void Sender::send(const Stamp & stamp)
{
  while (true) {
    const rmw_ret_t ret = try_to_send(stamp);
    if (ret == RMW_RET_OK) {
      return;
    }
    // Fast DDS says RMW_RET_ERROR when it means that the history is full.
    if (ret != RMW_RET_TIMEOUT && ret != RMW_RET_ERROR) {
      check(ret, "publish");
    }
    rmw_reset_error();
    ++retries_;
    limit_->check("publishing fails again and again");
  }
}

std::unique_ptr<Receiver> Receiver::create(
  Session & session, const Options & options, const std::string & topic)
{
  if (options.fixed) {
    return std::make_unique<LoanReceiver>(session, options, topic);
  }
  return std::make_unique<ImageReceiver>(session, options, topic);
}

Receiver::Receiver(
  Session & session, const Options & options, const std::string & topic,
  const rosidl_message_type_support_t * type)
: subscription_(session, type, options.topic + topic, qos_of(options)),
  limit_(&session.limit()),
  waiting_(session, {&subscription_}, false)
{
}

void Receiver::wait_and_take(Stamp & stamp)
{
  do {
    while (!waiting_.wait(1.0)) {
      limit_->check("no message came");
    }
  } while (!take(stamp));
}

void Receiver::read(const uint8_t * payload, size_t size, Stamp & stamp)
{
  uint64_t sequence = 0;
  if (size < touched_size) {
    ++corrupt_;
    return;
  }
  std::memcpy(&stamp, payload, sizeof(stamp));
  std::memcpy(&sequence, payload + size - sizeof(sequence), sizeof(sequence));
  corrupt_ += sequence == stamp.sequence ? 0 : 1;
}

}  // namespace bench
