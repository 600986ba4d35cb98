#ifndef LOANS_HPP_
#define LOANS_HPP_

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

namespace rmw_plib
{

/// What is lent out to the user, found again by the message's address.
/**
 * Threads: safe. Loan: copyable, with a member `const void * message`. Few are lent at a time, so a
 * list is searched fastest, and its memory is kept.
 */
template <typename Loan>
class Loans
{
public:
  void add(const Loan & loan)
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    loans_.push_back(loan);
  }

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
};

}  // namespace rmw_plib

#endif  // LOANS_HPP_
