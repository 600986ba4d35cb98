// Nodes: names are checked, handles are checked.
#include "fixtures.hpp"

class Node : public ContextTest
{
};

TEST_F(Node, wrong_arguments_make_no_node)
{
  rmw_context_t zero = rmw_get_zero_initialized_context();
  EXPECT_RMW_NULL(rmw_create_node(nullptr, "node", "/"));
  EXPECT_RMW_NULL(rmw_create_node(&zero, "node", "/"));
  EXPECT_RMW_NULL(rmw_create_node(&context_, nullptr, "/"));
  EXPECT_RMW_NULL(rmw_create_node(&context_, "node", nullptr));
  EXPECT_RMW_NULL(rmw_create_node(&context_, "", "/"));
  EXPECT_RMW_NULL(rmw_create_node(&context_, "no-de", "/"));
  EXPECT_RMW_NULL(rmw_create_node(&context_, "1node", "/"));
  EXPECT_RMW_NULL(rmw_create_node(&context_, "node", ""));
  EXPECT_RMW_NULL(rmw_create_node(&context_, "node", "relative"));
  EXPECT_RMW_NULL(rmw_create_node(&context_, "node", "/trailing/"));
  const ForeignHandle foreign(&context_);
  EXPECT_RMW_NULL(rmw_create_node(&context_, "node", "/"));
}

TEST_F(Node, a_node_says_who_it_is)
{
  rmw_node_t * node = rmw_create_node(&context_, "node", "/space");
  ASSERT_NE(nullptr, node) << rmw_get_error_string().str;
  EXPECT_STREQ("node", node->name);
  EXPECT_STREQ("/space", node->namespace_);
  EXPECT_EQ(&context_, node->context);
  EXPECT_NE(nullptr, rmw_node_get_graph_guard_condition(node));
  EXPECT_RMW_NULL(rmw_node_get_graph_guard_condition(nullptr));
  {
    const ForeignHandle foreign(node);
    EXPECT_RMW_NULL(rmw_node_get_graph_guard_condition(node));
  }

  EXPECT_RMW_ERROR(RMW_RET_INVALID_ARGUMENT, rmw_destroy_node(nullptr));
  EXPECT_RMW_FOREIGN(node, rmw_destroy_node(node));
  EXPECT_RMW_OK(rmw_destroy_node(node));
}
