#include "inherited.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "calls.h"
#include "domain.h"
#include "error.h"
#include "vault.h"

uint32_t inherited_forks;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct plib_participant *participants;

/* The list must not be half changed when it is copied. */
static void before_fork(void)
{
    DOMAIN_GATE;

    pthread_mutex_lock(&lock);
    vault_lock();
}

static void in_parent(void)
{
    DOMAIN_GATE;

    vault_unlock();
    pthread_mutex_unlock(&lock);
}

/* Runs in the child before anything else: only what is async-signal-safe. */
static void in_child(void)
{
    DOMAIN_GATE;

    vault_unlock();
    store32(&inherited_forks, inherited_forks + 1);
    for (struct plib_participant *each = participants; each != NULL; each = each->next) {
        /* plibd is to see the end of the parent, whatever the child does. */
        if (each->socket >= 0)
            (void)close(each->socket);
        each->socket = -1;
    }
    participants = NULL;
    calls_forget();
    pthread_mutex_unlock(&lock);
}

static void watch(void)
{
    (void)pthread_atfork(before_fork, in_parent, in_child);
}

int refuse_inherited(const struct plib_participant *participant)
{
    if (!is_inherited(participant))
        return 0;
    return fail(-EPERM,
                "this process was forked from the one that joined the domain, which alone may "
                "publish and take there: join again in this process, or fork before joining");
}

void inherited_add(struct plib_participant *participant)
{
    (void)pthread_once(&once, watch);
    pthread_mutex_lock(&lock);
    participant->forks = inherited_forks;
    participant->next = participants;
    participants = participant;
    pthread_mutex_unlock(&lock);
}

void inherited_remove(struct plib_participant *participant)
{
    pthread_mutex_lock(&lock);
    for (struct plib_participant **place = &participants; *place != NULL; place = &(*place)->next) {
        if (*place == participant) {
            *place = participant->next;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}
