#ifndef LOANS_HPP_
#define LOANS_HPP_

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "rmw/error_handling.h"
#include "rmw/ret_types.h"

#include "type_support.hpp"

namespace rmw_plib
{

/// RMW_RET_UNSUPPORTED and the error string for a type that is not plain.
inline rmw_ret_t report_not_lendable(const MessageType & type)
{
  RMW_SET_ERROR_MSG_WITH_FORMAT_STRING(
    "messages of type %s cannot be loaned: their size is not fixed", type.name().c_str());
  return RMW_RET_UNSUPPORTED;
}

/// What is lent out to the user, found again by the message's address.
/**
 * Threads: safe. Loan: copyable, with a member `const void * message`. Few are lent at a time, so a
 * list is searched fastest, and its memory is kept.
 */
template <typename Loan>
class Loans
{
public:
  /// Room in the list, made before something is lent: then nothing can fail any more.
  class Place
  {
  public:
    explicit Place(Loans & loans) : loans_(loans)
    {
      const std::lock_guard<std::mutex> lock(loans_.mutex_);
      loans_.loans_.reserve(loans_.loans_.size() + loans_.places_ + 1);
      ++loans_.places_;
    }

    ~Place()
    {
      const std::lock_guard<std::mutex> lock(loans_.mutex_);
      --loans_.places_;
    }

    Place(const Place &) = delete;
    Place & operator=(const Place &) = delete;

    /// Once.
    void fill(const Loan & loan) noexcept
    {
      const std::lock_guard<std::mutex> lock(loans_.mutex_);
      loans_.loans_.push_back(loan);
    }

  private:
    Loans & loans_;
  };

  /// Out of the list; none when no such message is lent.
  std::optional<Loan> remove(const void * message)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = std::find_if(
      loans_.begin(), loans_.end(), [=](const Loan & loan) { return loan.message == message; });
    if (found == loans_.end()) {
      return std::nullopt;
    }
    const Loan loan = *found;
    *found = loans_.back();
    loans_.pop_back();
    return loan;
  }

  /// All out of the list, each given to `use`.
  template <typename Use>
  void clear(const Use & use)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::for_each(loans_.begin(), loans_.end(), use);
    loans_.clear();
  }

private:
  std::mutex mutex_;
  std::vector<Loan> loans_;
  size_t places_ = 0;  // there is room for so many more
};

}  // namespace rmw_plib

#endif  // LOANS_HPP_
