/* A board record as the words in which it is copied: whole, while plibd may be writing it. */
#ifndef PLIB_BOARD_H
#define PLIB_BOARD_H

#include "plib/layout.h"

enum { BOARD_RECORD_WORDS = PLIB_BOARD_RECORD_SIZE / 8 };

union board_words {
    struct plib_board_record record;
    uint64_t words[BOARD_RECORD_WORDS];
};

#endif
