// rmw_init_options_* and rmw_init, rmw_shutdown, rmw_context_fini keep to the order of a life.
#include "rmw/discovery_options.h"
#include "scarce_memory.hpp"

class Init : public OptionsTest
{
};

TEST_F(Init, options_are_made_copied_and_finalized)
{
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_init_options_init(nullptr, rcutils_get_default_allocator()));
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT, rmw_init_options_init(&options_, rcutils_get_default_allocator()));
  rmw_init_options_t copy = rmw_get_zero_initialized_init_options();
  EXPECT_RMW_ERROR(
    RMW_RET_INVALID_ARGUMENT,
    rmw_init_options_init(&copy, rcutils_get_zero_initialized_allocator()));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init_options_copy(nullptr, &copy));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init_options_copy(&options_, nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init_options_copy(&copy, &copy));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init_options_copy(&options_, &options_));
  EXPECT_RMW_FOREIGN(&options_, rmw_init_options_copy(&options_, &copy));
  EXPECT_EQ(nullptr, copy.implementation_identifier);

  ASSERT_RMW_OK(rmw_init_options_copy(&options_, &copy));
  EXPECT_STREQ("/", copy.enclave);
  EXPECT_NE(options_.enclave, copy.enclave);
  EXPECT_RMW_OK(rmw_init_options_fini(&copy));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init_options_fini(&copy));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init_options_fini(nullptr));
  EXPECT_RMW_FOREIGN(&options_, rmw_init_options_fini(&options_));
}

TEST_F(Init, wrong_arguments_leave_the_context_zero)
{
  rmw_context_t context = rmw_get_zero_initialized_context();
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init(nullptr, &context));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init(&options_, nullptr));
  const rmw_init_options_t zero = rmw_get_zero_initialized_init_options();
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init(&zero, &context));
  EXPECT_RMW_FOREIGN(&options_, rmw_init(&options_, &context));
  char * const enclave = options_.enclave;
  options_.enclave = nullptr;
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init(&options_, &context));
  options_.enclave = enclave;
  EXPECT_EQ(nullptr, context.impl);
  EXPECT_EQ(nullptr, context.implementation_identifier);
}

TEST_F(Init, a_domain_id_that_does_not_fit_is_refused_rather_than_cut)
{
  rmw_context_t context = rmw_get_zero_initialized_context();
  options_.domain_id = size_t{UINT32_MAX} + 1;
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init(&options_, &context));
  EXPECT_EQ(nullptr, context.impl);
}

TEST_F(Init, a_copy_without_memory_says_so_and_leaks_nothing)
{
  rmw_discovery_options_t & discovery = options_.discovery_options;
  ASSERT_RMW_OK(rmw_discovery_options_fini(&discovery));
  rcutils_allocator_t plenty = rcutils_get_default_allocator();
  ASSERT_RMW_OK(rmw_discovery_options_init(&discovery, 1, &plenty));
  char root[] = "/root";
  options_.security_options.security_root_path = root;
  ScarceMemory memory;
  options_.allocator = memory.allocator();
  rmw_init_options_t copy = rmw_get_zero_initialized_init_options();
  const int blocks = memory.blocks_needed(
    [&] { return rmw_init_options_copy(&options_, &copy); },
    [&] { EXPECT_EQ(nullptr, copy.implementation_identifier); });
  EXPECT_EQ(3, blocks) << "enclave, root path, peers";
  EXPECT_RMW_OK(rmw_init_options_fini(&copy));
  EXPECT_EQ(0, memory.out);
  options_.security_options.security_root_path = nullptr;
  options_.allocator = plenty;
}

TEST_F(Init, enforced_security_is_refused)
{
  rmw_context_t context = rmw_get_zero_initialized_context();
  options_.security_options.enforce_security = RMW_SECURITY_ENFORCEMENT_ENFORCE;
  EXPECT_RMW_ERROR(RMW_RET_UNSUPPORTED, rmw_init(&options_, &context));
  EXPECT_EQ(nullptr, context.impl);
}

TEST_F(Init, a_context_lives_once)
{
  rmw_context_t context = rmw_get_zero_initialized_context();
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_shutdown(nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_shutdown(&context));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_context_fini(nullptr));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_context_fini(&context));

  options_.domain_id = 7;
  ASSERT_RMW_OK(rmw_init(&options_, &context));
  EXPECT_EQ(7u, context.actual_domain_id);
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_init(&options_, &context));
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_context_fini(&context));
  EXPECT_RMW_FOREIGN(&context, rmw_shutdown(&context));
  EXPECT_RMW_FOREIGN(&context, rmw_context_fini(&context));
  EXPECT_RMW_OK(rmw_shutdown(&context));
  EXPECT_RMW_OK(rmw_shutdown(&context));
  EXPECT_RMW_NULL(rmw_create_node(&context, "node", "/"));
  EXPECT_RMW_NULL(rmw_create_guard_condition(&context));
  EXPECT_RMW_OK(rmw_context_fini(&context));
  EXPECT_EQ(nullptr, context.impl);
  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_context_fini(&context));

  ASSERT_RMW_OK(rmw_init(&options_, &context));
  EXPECT_RMW_OK(rmw_shutdown(&context));
  EXPECT_RMW_OK(rmw_context_fini(&context));
}

TEST_F(Init, the_context_may_be_finalized_before_its_guard_conditions)
{
  rmw_context_t context = rmw_get_zero_initialized_context();
  ASSERT_RMW_OK(rmw_init(&options_, &context));
  rmw_guard_condition_t * guard = rmw_create_guard_condition(&context);
  ASSERT_NE(nullptr, guard);
  EXPECT_RMW_OK(rmw_shutdown(&context));
  EXPECT_RMW_OK(rmw_context_fini(&context));
  EXPECT_RMW_OK(rmw_trigger_guard_condition(guard));
  EXPECT_RMW_OK(rmw_destroy_guard_condition(guard));
}
