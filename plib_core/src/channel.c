#include "channel.h"

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "launch.h"
#include "plib/plib.h"

enum { LAUNCHES_MAX = 3 /* one may meet a plibd that is just ending */ };

#define SYSTEM_SOCKET "/run/plib/plibd.sock"

static int format_path(char *path, size_t size, const char *directory, const char *name)
{
    int length = snprintf(path, size, "%s/%s", directory, name);

    if (length < 0 || (size_t)length >= size ||
        (size_t)length >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return fail(-ENAMETOOLONG, "the path of plibd's socket is too long: %s/%s", directory,
                    name);
    return 0;
}

int plib_socket_path(const char *option, char *path, size_t size)
{
    const char *chosen = option != NULL ? option : getenv("PLIB_SOCKET");
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char directory[64];

    if (chosen != NULL && chosen[0] != '\0') {
        if (strlen(chosen) >= size ||
            strlen(chosen) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
            return fail(-ENAMETOOLONG, "the path of plibd's socket is too long: %s", chosen);
        memcpy(path, chosen, strlen(chosen) + 1);
        return 0;
    }
    if (access(SYSTEM_SOCKET, F_OK) == 0)
        return format_path(path, size, "/run/plib", "plibd.sock");
    if (runtime != NULL && runtime[0] == '/')
        return format_path(path, size, runtime, "plib/plibd.sock");
    (void)snprintf(directory, sizeof(directory), "/tmp/plib-%u", (unsigned)geteuid());
    return format_path(path, size, directory, "plibd.sock");
}

/* The directory must be this user's before a daemon is started in it: otherwise somebody else could
 * put a socket of his own there. It is made when missing. */
static int check_directory(const char *path, bool *own)
{
    char copy[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    const char *directory;
    struct stat status;

    (void)snprintf(copy, sizeof(copy), "%s", path);
    directory = dirname(copy);
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return fail(-errno, "cannot make the directory %s for plibd's socket: %s", directory,
                    strerror(errno));
    if (lstat(directory, &status) != 0)
        return fail(-errno, "cannot look at %s: %s", directory, strerror(errno));
    *own = S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 022) == 0;
    return 0;
}

/* plibd hands out the memory that everything here trusts: it must be root's or this user's, or the
 * owner's of a system socket that only root can have put there. */
static int check_daemon(int fd, const char *path)
{
    struct ucred peer;
    struct stat status;
    socklen_t size = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return fail(-errno, "cannot tell whose plibd listens at %s", path);
    if (peer.uid == 0 || peer.uid == geteuid())
        return 0;
    if (strcmp(path, SYSTEM_SOCKET) == 0 && stat("/run/plib", &status) == 0 &&
        status.st_uid == peer.uid)
        return 0;
    return fail(
        -EPERM,
        "the plibd at %s runs as user %u, whom user %u does not trust: use a socket of root's "
        "or your own (PLIB_SOCKET); in a container, have its directory mounted at /run/plib",
        path, (unsigned)peer.uid, (unsigned)geteuid());
}

static int connect_once(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error;

    if (fd < 0)
        return fail(-errno, "cannot make a socket: %s", strerror(errno));
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        error = errno == EACCES
                    ? fail(-EACCES,
                           "permission denied on plibd's socket %s: ask its owner to admit user %u "
                           "(plibd --mode, --group), or set PLIB_SOCKET to another socket",
                           path, (unsigned)geteuid())
                    : fail(-errno, "no plibd answers at %s: %s", path, strerror(errno));
    else
        error = check_daemon(fd, path);
    if (error != 0) {
        (void)close(fd);
        return error;
    }
    return fd;
}

static bool nobody_listens(int error)
{
    return error == -ENOENT || error == -ECONNREFUSED;
}

static int start_daemon(const char *path, int *launches)
{
    bool own = false;
    int error =
        strcmp(path, SYSTEM_SOCKET) == 0
            ? fail(-ECONNREFUSED, "the system's plibd is not running: systemctl start plibd")
            : check_directory(path, &own);

    if (error != 0)
        return error;
    if (!own)
        return fail(
            -ECONNREFUSED,
            "no plibd answers at %s, and its directory is not writable by user %u alone, so "
            "none is started there: start `plibd --socket %s`, or set PLIB_SOCKET",
            path, (unsigned)geteuid(), path);
    return launch_daemon(path, launches);
}

int channel_connect(const char *path, int64_t deadline)
{
    /* While plibd starts, it holds the start lock; there is no descriptor to wait on, so look again
     * at short intervals, for as long as the caller has time. */
    const struct timespec pause = {.tv_nsec = 5000000};
    int launches = 0;

    for (;;) {
        int fd = connect_once(path);
        int error = fd;

        if (fd >= 0 || !(nobody_listens(fd) || fd == -EAGAIN))
            return fd;
        if (nobody_listens(fd) && launches == LAUNCHES_MAX)
            return fail(-ECONNREFUSED, "plibd ends as soon as it starts: see plibd.log beside %s",
                        path);
        if (nobody_listens(fd))
            error = start_daemon(path, &launches);
        /* Who may not start one waits for it: it may just be on its way again. */
        if (error != 0 && error != -ECONNREFUSED && error != -EAGAIN)
            return error;
        if (deadline == 0)
            return -EAGAIN;
        if (plib_now() >= deadline)
            return error == -ECONNREFUSED
                       ? error
                       : fail(
                             -ETIMEDOUT,
                             "plibd was started but does not answer at %s: see plibd.log beside it",
                             path);
        (void)nanosleep(&pause, NULL);
    }
}

static int wait_for(int fd, short events, int64_t deadline)
{
    struct pollfd entry = {.fd = fd, .events = events};

    for (;;) {
        int64_t left = deadline - plib_now();
        int count;

        if (left <= 0)
            return -ETIMEDOUT;
        count = poll(&entry, 1, (int)(left / 1000000 + 1));
        if (count > 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return -errno;
    }
}

int channel_send(int fd, const struct plib_msg_header *message)
{
    int64_t deadline = plib_now() + INT64_C(5000000000);

    for (;;) {
        int error;

        if (send(fd, message, message->size, MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            return fail(-ENOTCONN, "plibd is away: %s", strerror(errno));
        error = errno == EINTR ? 0 : wait_for(fd, POLLOUT, deadline);
        if (error != 0)
            return fail(error, "plibd does not read its socket");
    }
}

/* The only descriptor of a packet; all others are closed. */
static int take_descriptor(struct msghdr *header)
{
    int descriptor = -1;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= part->cmsg_len; at += sizeof(int)) {
            int fd;

            memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
            if (descriptor >= 0)
                (void)close(descriptor);
            descriptor = fd;
        }
    }
    return descriptor;
}

static size_t message_size(uint32_t type)
{
    switch (type) {
    case PLIB_MSG_REPLY:
        return sizeof(struct plib_msg_reply);
    case PLIB_MSG_MAP:
        return sizeof(struct plib_msg_map);
    case PLIB_MSG_MATCH:
        return sizeof(struct plib_msg_match);
    case PLIB_MSG_UNMATCH:
        return sizeof(struct plib_msg_unmatch);
    case PLIB_MSG_SEGMENT:
        return sizeof(struct plib_msg_segment);
    case PLIB_MSG_RELEASE:
        return sizeof(struct plib_msg_object);
    case PLIB_MSG_INCOMPATIBLE:
        return sizeof(struct plib_msg_incompatible);
    default:
        return 0;
    }
}

int channel_receive(int fd, union plib_any_message *message, int *descriptor, int64_t deadline)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * 4)];
    struct iovec part = {.iov_base = message, .iov_len = sizeof(*message)};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t length;

    /* ECONNRESET, once: plibd ended with something unread. What it had sent comes after it. */
    do {
        header.msg_control = control;
        header.msg_controllen = sizeof(control);
        length = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
        if (length < 0 && errno == EAGAIN) {
            if (deadline == 0)
                return -EAGAIN;
            if (wait_for(fd, POLLIN, deadline) != 0)
                return fail(-ETIMEDOUT, "plibd does not answer within 5 s");
        } else if (length < 0 && errno != EINTR && errno != ECONNRESET) {
            return fail(-ENOTCONN, "plibd is away: %s", strerror(errno));
        }
    } while (length < 0);
    if (length == 0)
        return fail(-ENOTCONN, "plibd closed the connection");
    *descriptor = take_descriptor(&header);
    if ((size_t)length < sizeof(message->header) || message->header.size != (size_t)length ||
        message_size(message->header.type) != (size_t)length) {
        if (*descriptor >= 0)
            (void)close(*descriptor);
        return fail(-EPROTO, "plibd sent a message of an unknown type or size");
    }
    return 0;
}
