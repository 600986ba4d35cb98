#ifndef IDENTIFIER_HPP_
#define IDENTIFIER_HPP_

namespace rmw_plib
{

/// Compared by address: every handle of this library carries this very pointer.
extern const char * const identifier;

extern const char * const serialization_format;

}  // namespace rmw_plib

#endif  // IDENTIFIER_HPP_
