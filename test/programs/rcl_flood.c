/* A ROS 2 node in C, on rcl: publishes or receives std_msgs/String as fast as it goes, reliable and
 * KEEP_ALL, and checks that everything arrives in order and once.
 *
 *   rcl_flood pub TOPIC COUNT ID SUBSCRIBERS   waits for so many subscribers, then publishes
 *   rcl_flood sub TOPIC COUNT PUBLISHERS       expects COUNT messages of each publisher
 *
 * Exit status 0: all went well; 1: not, and stderr says what.
 */
#include <inttypes.h>
#include <rcl/error_handling.h>
#include <rcl/graph.h>
#include <rcl/rcl.h>
#include <rosidl_runtime_c/string_functions.h>
#include <std_msgs/msg/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PUBLISHERS_MAX = 16, PATIENCE_S = 60 };

static void check(rcl_ret_t code, const char *what)
{
    if (code == RCL_RET_OK)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, rcl_get_error_string().str);
    exit(1);
}

static long number(const char *text)
{
    return strtol(text, NULL, 10);
}

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static const rosidl_message_type_support_t *string_type(void)
{
    return ROSIDL_GET_MSG_TYPE_SUPPORT(std_msgs, msg, String);
}

static rmw_qos_profile_t lossless(void)
{
    rmw_qos_profile_t qos = rmw_qos_profile_default;

    qos.history = RMW_QOS_POLICY_HISTORY_KEEP_ALL;
    qos.reliability = RMW_QOS_POLICY_RELIABILITY_RELIABLE;
    return qos;
}

/* Wait for the next change of the graph. */
static void wait_for_graph(rcl_context_t *context, const rcl_node_t *node)
{
    rcl_wait_set_t set = rcl_get_zero_initialized_wait_set();

    check(rcl_wait_set_init(&set, 0, 1, 0, 0, 0, 0, context, rcl_get_default_allocator()),
          "wait set");
    check(rcl_wait_set_add_guard_condition(&set, rcl_node_get_graph_guard_condition(node), NULL),
          "graph guard");
    if (rcl_wait(&set, RCL_MS_TO_NS(100)) == RCL_RET_TIMEOUT)
        rcl_reset_error();
    check(rcl_wait_set_fini(&set), "wait set");
}

static void publish(rcl_context_t *context, rcl_node_t *node, char **arguments)
{
    long count = number(arguments[1]);
    size_t wanted = (size_t)number(arguments[3]);
    size_t matched = 0;
    rcl_publisher_t publisher = rcl_get_zero_initialized_publisher();
    rcl_publisher_options_t options = rcl_publisher_get_default_options();
    std_msgs__msg__String message;
    char text[64];
    double start;

    options.qos = lossless();
    check(rcl_publisher_init(&publisher, node, string_type(), arguments[0], &options), "publisher");
    while (matched < wanted) {
        check(rcl_publisher_get_subscription_count(&publisher, &matched), "count");
        if (matched < wanted)
            wait_for_graph(context, node);
    }
    (void)std_msgs__msg__String__init(&message);
    start = now();
    for (long i = 0; i < count; i++) {
        (void)snprintf(text, sizeof(text), "%s %ld", arguments[2], i);
        (void)rosidl_runtime_c__String__assign(&message.data, text);
        check(rcl_publish(&publisher, &message, NULL), "publish");
    }
    check(rcl_publisher_wait_for_all_acked(&publisher, RCL_S_TO_NS(PATIENCE_S)), "acknowledged");
    (void)printf("published %ld in %.3f s\n", count, now() - start);
    std_msgs__msg__String__fini(&message);
    check(rcl_publisher_fini(&publisher, node), "publisher");
}

static void wait_for_message(rcl_wait_set_t *set, const rcl_subscription_t *subscription)
{
    rcl_ret_t code;

    check(rcl_wait_set_clear(set), "wait set");
    check(rcl_wait_set_add_subscription(set, subscription, NULL), "wait set");
    code = rcl_wait(set, RCL_S_TO_NS(PATIENCE_S));
    if (code == RCL_RET_TIMEOUT) {
        (void)fprintf(stderr, "nothing came within %d s\n", PATIENCE_S);
        exit(1);
    }
    check(code, "wait");
}

static void expect(const std_msgs__msg__String *message, long next[PUBLISHERS_MAX])
{
    char *end = NULL;
    long id = strtol(message->data.data, &end, 10);
    long got = number(end);

    if (id < 0 || id >= PUBLISHERS_MAX || got != next[id]) {
        (void)fprintf(stderr, "got '%s' where message %ld was due\n", message->data.data,
                      id < 0 || id >= PUBLISHERS_MAX ? -1 : next[id]);
        exit(1);
    }
    next[id]++;
}

static void receive(rcl_context_t *context, rcl_node_t *node, char **arguments)
{
    long total = number(arguments[1]) * number(arguments[2]);
    long next[PUBLISHERS_MAX] = {0};
    rcl_subscription_t subscription = rcl_get_zero_initialized_subscription();
    rcl_subscription_options_t options = rcl_subscription_get_default_options();
    rcl_wait_set_t set = rcl_get_zero_initialized_wait_set();
    std_msgs__msg__String message;

    options.qos = lossless();
    check(rcl_subscription_init(&subscription, node, string_type(), arguments[0], &options),
          "subscription");
    check(rcl_wait_set_init(&set, 1, 0, 0, 0, 0, 0, context, rcl_get_default_allocator()),
          "wait set");
    (void)std_msgs__msg__String__init(&message);
    for (long got = 0; got < total;) {
        rcl_ret_t code = rcl_take(&subscription, &message, NULL, NULL);

        if (code == RCL_RET_SUBSCRIPTION_TAKE_FAILED) {
            rcl_reset_error();
            wait_for_message(&set, &subscription);
            continue;
        }
        check(code, "take");
        expect(&message, next);
        got++;
    }
    (void)printf("received %ld\n", total);
    std_msgs__msg__String__fini(&message);
    check(rcl_wait_set_fini(&set), "wait set");
    check(rcl_subscription_fini(&subscription, node), "subscription");
}

int main(int argc, char **argv)
{
    rcl_init_options_t init = rcl_get_zero_initialized_init_options();
    rcl_node_options_t options = rcl_node_get_default_options();
    rcl_context_t context = rcl_get_zero_initialized_context();
    rcl_node_t node = rcl_get_zero_initialized_node();

    if (argc < 5) {
        (void)fprintf(stderr, "usage: rcl_flood pub TOPIC COUNT ID SUBSCRIBERS\n"
                              "       rcl_flood sub TOPIC COUNT PUBLISHERS\n");
        return 2;
    }
    if (strcmp(rmw_get_implementation_identifier(), "rmw_plib") != 0) {
        (void)fprintf(stderr, "this runs on %s\n", rmw_get_implementation_identifier());
        return 1;
    }
    check(rcl_init_options_init(&init, rcl_get_default_allocator()), "options");
    check(rcl_init(0, NULL, &init, &context), "init");
    options.enable_rosout = false;
    check(rcl_node_init(&node, "rcl_flood", "/", &context, &options), "node");
    if (strcmp(argv[1], "pub") == 0 && argc == 6)
        publish(&context, &node, argv + 2);
    else
        receive(&context, &node, argv + 2);
    check(rcl_node_fini(&node), "node");
    check(rcl_shutdown(&context), "shutdown");
    check(rcl_context_fini(&context), "context");
    check(rcl_init_options_fini(&init), "options");
    return 0;
}
