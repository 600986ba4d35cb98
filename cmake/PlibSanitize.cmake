# Build everything with sanitizers: -DPLIB_SANITIZE=address,undefined or thread.
set(PLIB_SANITIZE_TESTS "")
if(NOT PLIB_SANITIZE)
  return()
endif()
# -O1: what is found has lines to name, and the build takes half as long.
add_compile_options(-fsanitize=${PLIB_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
add_link_options(-fsanitize=${PLIB_SANITIZE})
# What only calls the library: of the time to compile, most would go into gtest's macros.
set(PLIB_SANITIZE_TESTS -fno-sanitize=undefined -O0)
if(PLIB_SANITIZE MATCHES "thread")
  # gcc warns of each fence, since TSan does not know them. It need not: ours order atomic words against each
  # other, and plain memory is handed over by acquire and release alone (docs/memory-order.md).
  add_compile_options(-Wno-tsan)
endif()
