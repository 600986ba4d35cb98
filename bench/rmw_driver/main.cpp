#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>

#include "options.hpp"
#include "payload.hpp"
#include "report.hpp"
#include "roles.hpp"

namespace
{

constexpr int exit_cannot_loan = 3;

using Role = std::function<bench::Report(const bench::Options &)>;

const std::map<std::string, Role> & roles()
{
  static const std::map<std::string, Role> all{
    {"ping", bench::ping},           {"pong", bench::pong},
    {"publisher", bench::publisher}, {"subscriber", bench::subscriber},
    {"steps", bench::steps},         {"announcer", bench::announcer},
    {"listener", bench::listener},   {"member", bench::member},
    {"reader", bench::reader},       {"writers", bench::writers},
    {"nodes", bench::nodes},         {"publish_cost", bench::publish_cost},
    {"wait_cost", bench::wait_cost}, {"graph_cost", bench::graph_cost},
  };
  return all;
}

int run(const bench::Options & options)
{
  bench::Report report;
  int status = EXIT_SUCCESS;
  try {
    report = roles().at(options.role)(options);
  } catch (const bench::CannotLoan &) {
    report.add("error", "cannot loan");
    status = exit_cannot_loan;
  } catch (const std::exception & error) {
    report.add("error", error.what());
    status = EXIT_FAILURE;
  }
  report.add("role", options.role);
  report.print();
  return status;
}

}  // namespace

int main(int argc, char ** argv)
{
  bench::Options options;
  try {
    options = bench::parse(argc, argv);
    if (roles().count(options.role) == 0) {
      throw std::invalid_argument("no role '" + options.role + "'");
    }
  } catch (const std::exception & error) {
    (void)std::fprintf(stderr, "%s\n%s", error.what(), bench::usage());
    return 2;
  }
  // For what does not ask the limit: a call of the middleware that hangs.
  alarm(static_cast<unsigned>(options.limit) + 5);
  return run(options);
}
