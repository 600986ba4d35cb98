#ifndef OPTIONS_HPP_
#define OPTIONS_HPP_

#include <cstddef>
#include <string>

namespace bench
{

/// What a process is to do, as its command line says; see usage() for the meaning.
struct Options
{
  std::string role;
  std::string rmw = "librmw_plib.so";
  std::string topic = "bench";
  bool fixed = false;  // fixed-size messages, loaned; else sensor_msgs/Image
  size_t size = 64;    // bytes of payload
  bool keep_all = false;
  size_t depth = 10;
  double seconds = 1.0;  // of measuring
  double warmup = 0.2;   // seconds
  double rate = 0.0;     // Hz; 0: as fast as it goes
  size_t peers = 1;      // processes to be matched with
  size_t count = 1;      // endpoints, nodes
  double limit = 60.0;   // seconds after which the process gives up
  bool gate = false;     // wait for a line on stdin once matched
};

/// Throws std::invalid_argument.
Options parse(int argc, char ** argv);

const char * usage();

}  // namespace bench

#endif  // OPTIONS_HPP_
