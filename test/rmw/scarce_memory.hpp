// An allocator of rcutils that runs out, to see that failures are told, change nothing and leak nothing.
#ifndef SCARCE_MEMORY_HPP_
#define SCARCE_MEMORY_HPP_

#include <cstdlib>
#include <functional>

#include "fixtures.hpp"

class ScarceMemory
{
public:
  static constexpr int plenty = 1000000;

  rcutils_allocator_t allocator()
  {
    rcutils_allocator_t result = rcutils_get_default_allocator();
    result.state = this;
    result.allocate = [](size_t size, void * self) {
      return from(self).may_allocate() ? std::malloc(size) : nullptr;
    };
    result.zero_allocate = [](size_t count, size_t size, void * self) {
      return from(self).may_allocate() ? std::calloc(count, size) : nullptr;
    };
    result.reallocate = [](void * block, size_t size, void * self) {
      ScarceMemory & memory = from(self);
      if (!memory.may_allocate()) {
        return static_cast<void *>(nullptr);
      }
      memory.out -= block != nullptr;
      return std::realloc(block, size);
    };
    result.deallocate = [](void * block, void * self) {
      from(self).out -= block != nullptr;
      std::free(block);
    };
    return result;
  }

  /// Call with no block, one, two, ..., until it succeeds: how many it needs. Until then it fails with
  /// RMW_RET_BAD_ALLOC, says so, and keeps no block. `check` comes before each call.
  int blocks_needed(
    const std::function<rmw_ret_t()> & call, const std::function<void()> & check = nullptr)
  {
    const int before = out;
    for (int blocks = 0; blocks < 100; ++blocks) {
      if (check) {
        check();
      }
      left = blocks;
      const rmw_ret_t ret = call();
      left = plenty;
      if (ret == RMW_RET_OK) {
        return blocks;
      }
      EXPECT_EQ(RMW_RET_BAD_ALLOC, ret) << "with " << blocks << " blocks";
      EXPECT_TRUE(rmw_error_is_set()) << "with " << blocks << " blocks";
      rmw_reset_error();
      EXPECT_EQ(before, out) << "with " << blocks << " blocks";
    }
    ADD_FAILURE() << "it never succeeds";
    return -1;
  }

  int left = plenty;  ///< how many more blocks there are
  int out = 0;        ///< how many have not been given back

private:
  static ScarceMemory & from(void * self) { return *static_cast<ScarceMemory *>(self); }

  bool may_allocate()
  {
    const bool may = left-- > 0;
    out += may;
    return may;
  }
};

#endif  // SCARCE_MEMORY_HPP_
