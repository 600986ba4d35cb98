#include "error.h"

#include <stdarg.h>
#include <stdio.h>

#include "plib/plib.h"

static _Thread_local char error_text[512];

int fail(int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error_text, sizeof(error_text), format, arguments);
    va_end(arguments);
    return code;
}

const char *plib_error_text(void)
{
    return error_text;
}
