#include "parity/reduce/command_check.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/error.h"

namespace twingrad {
namespace {

CaseBundle candidate() {
  ParityCase item;
  item.name = "one";
  item.conventions = "spec";
  Builder builder(item.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape{1}));
  item.graph.set_outputs({builder.emit_one("Relu", {x})});
  item.question.inputs["x"] = Tensor::of<float>({1}, {1.0F});
  return case_bundle(item, "twingrad", "1");
}

TEST(CommandCheck, DecidesByCodeAndByWhatIsPrinted) {
  struct Row {
    CommandCheck check;
    bool fails;
  };
  const std::vector<Row> table = {
      {{"true"}, false},
      {{"false"}, true},
      {{"test -f {}/manifest.json"}, false},
      {{"test ! -f {model}"}, true},
      {{"ls"}, false},
      {{"exit 3;"}, true},
      {{"exit 3;", {3}}, true},
      {{"exit 3;", {4}}, false},
      {{"exit 3;", {}, {3}}, false},
      {{"exit 3;", {3}, {3}}, false},
      {{"echo wrong gradient; exit 1;", {}, {}, {"wrong .*t"}}, true},
      {{"echo fine >&2; exit 1;", {}, {}, {"wrong"}}, false},
      {{"kill -SEGV $$;", {139}}, true},
  };
  for (const Row& row : table) {
    EXPECT_EQ(command_fails(row.check, candidate()), row.fails) << row.check.command;
  }
}

TEST(CommandCheck, RefusesWhatCannotDecide) {
  EXPECT_THROW((void)command_fails({"no-such-command-here"}, candidate()), Error);
  EXPECT_THROW((void)command_fails({"false", {}, {}, {"("}}, candidate()), Error);
}

}  // namespace
}  // namespace twingrad
