#include "rmw_library.hpp"

#include <dlfcn.h>

#include <stdexcept>

#include "rmw/error_handling.h"

namespace bench
{

namespace
{

template <typename Function>
void find(void * library, const char * name, Function & function)
{
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (!function) {
    throw std::runtime_error(std::string("no function ") + name);
  }
}

}  // namespace

RmwLibrary::RmwLibrary(const std::string & name)
{
  void * const library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    throw std::runtime_error(dlerror());
  }
#define BENCH_RMW_FIND(function) find(library, "rmw_" #function, function);
  BENCH_RMW_FUNCTIONS(BENCH_RMW_FIND)
#undef BENCH_RMW_FIND

  // Another middleware that came along as a dependency could answer instead.
  const std::string expected = "lib" + std::string(get_implementation_identifier()) + ".so";
  if (name.size() < expected.size() || name.substr(name.size() - expected.size()) != expected) {
    throw std::runtime_error(name + " is " + get_implementation_identifier());
  }
}

void check(rmw_ret_t ret, const char * what)
{
  if (ret == RMW_RET_OK) {
    return;
  }
  const std::string reason =
    rmw_error_is_set() ? rmw_get_error_string().str : "error " + std::to_string(ret);
  rmw_reset_error();
  throw std::runtime_error(std::string(what) + ": " + reason);
}

void ignore(rmw_ret_t) noexcept { rmw_reset_error(); }

}  // namespace bench
