/* Other users, whom root may become. */
#ifndef PLIB_TEST_USER_H
#define PLIB_TEST_USER_H

#include <stdbool.h>
#include <sys/types.h>

enum { VICTIM_USER = 61001, BYSTANDER_USER = 61002 };

/* Become another user, who may still read and enter everything: what is tested may lie in root's home. */
bool become_user(uid_t user);

#endif
