#include "options.hpp"

#include <functional>
#include <map>
#include <stdexcept>

namespace bench
{

namespace
{

using Setter = std::function<void(Options &, const std::string &)>;

Setter number(double Options::*member)
{
  return [=](Options & options, const std::string & text) { options.*member = std::stod(text); };
}

Setter number(size_t Options::*member)
{
  return [=](Options & options, const std::string & text) { options.*member = std::stoul(text); };
}

Setter text(std::string Options::*member)
{
  return [=](Options & options, const std::string & text) { options.*member = text; };
}

Setter choice(bool Options::*member, const std::string & on, const std::string & off)
{
  return [=](Options & options, const std::string & text) {
    if (text != on && text != off) {
      throw std::invalid_argument("'" + text + "' is neither '" + on + "' nor '" + off + "'");
    }
    options.*member = text == on;
  };
}

const std::map<std::string, Setter> & setters()
{
  static const std::map<std::string, Setter> all{
    {"--rmw", text(&Options::rmw)},
    {"--topic", text(&Options::topic)},
    {"--message", choice(&Options::fixed, "fixed", "image")},
    {"--size", number(&Options::size)},
    {"--history", choice(&Options::keep_all, "all", "last")},
    {"--depth", number(&Options::depth)},
    {"--seconds", number(&Options::seconds)},
    {"--warmup", number(&Options::warmup)},
    {"--rate", number(&Options::rate)},
    {"--peers", number(&Options::peers)},
    {"--count", number(&Options::count)},
    {"--limit", number(&Options::limit)},
    {"--gate", choice(&Options::gate, "yes", "no")},
  };
  return all;
}

}  // namespace

Options parse(int argc, char ** argv)
{
  if (argc < 2) {
    throw std::invalid_argument("no role");
  }
  Options options;
  options.role = argv[1];
  for (int i = 2; i < argc; i += 2) {
    const auto setter = setters().find(argv[i]);
    if (setter == setters().end() || i + 1 == argc) {
      throw std::invalid_argument(std::string("unknown or without value: ") + argv[i]);
    }
    setter->second(options, argv[i + 1]);
  }
  return options;
}

const char * usage()
{
  return "usage: rmw_driver ROLE [--OPTION VALUE]...\n"
         "roles:\n"
         "  ping, pong              round trips, one message in flight\n"
         "  publisher, subscriber   one way: a flood, or at a rate\n"
         "  steps                   each call on the way of a message, in one process\n"
         "  announcer, listener     the first message of a process that starts\n"
         "  member                  one of --peers processes that start at once\n"
         "  reader, writers, nodes  be there for one of the next three until stdin ends\n"
         "  publish_cost            of one publish, with --peers reader processes\n"
         "  wait_cost               of one wait on --count subscriptions\n"
         "  graph_cost              of one look at all topics\n"
         "options:\n"
         "  --rmw LIBRARY       librmw_plib.so, librmw_fastrtps_cpp.so\n"
         "  --topic NAME        prefix of the topics' names\n"
         "  --message image|fixed  sensor_msgs/Image, or loaned messages of fixed size\n"
         "  --size BYTES        of the payload\n"
         "  --history last|all  with --depth N for last\n"
         "  --seconds S         to measure, after --warmup S\n"
         "  --rate HZ           of publisher; 0: as fast as it goes; subscriber: measure "
         "latencies\n"
         "  --peers N           processes at the other side\n"
         "  --count N           subscriptions, publishers or nodes\n"
         "  --limit S           give up after so long\n"
         "  --gate yes|no       say 'matched' and wait for a line on stdin before publishing\n"
         "Prints one JSON object. Exit status: 0 measured, 1 failed, 3 this middleware does not "
         "lend\n"
         "such messages.\n";
}

}  // namespace bench
