#ifndef ROLES_HPP_
#define ROLES_HPP_

#include "options.hpp"
#include "report.hpp"

namespace bench
{

// What a process can do. Each throws when it fails; CannotLoan when the middleware does not lend.

Report ping(const Options & options);
Report pong(const Options & options);

Report publisher(const Options & options);
Report subscriber(const Options & options);

Report steps(const Options & options);

Report announcer(const Options & options);
Report listener(const Options & options);

Report member(const Options & options);

Report reader(const Options & options);
Report writers(const Options & options);
Report nodes(const Options & options);
Report publish_cost(const Options & options);
Report wait_cost(const Options & options);
Report graph_cost(const Options & options);

}  // namespace bench

#endif  // ROLES_HPP_
