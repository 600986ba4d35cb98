/* The calling thread's last error, in words. */
#ifndef PLIB_ERROR_H
#define PLIB_ERROR_H

/* Keep the text and return `code`, so that a failing call reads `return fail(-EINVAL, "...")`. */
int fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
