#include "importers/pt2/pickle.h"

#include <gtest/gtest.h>

#include "importers/damage_for_tests.h"
#include "importers/pt2/pt2.h"

namespace twingrad {
namespace {

std::string text(std::string_view value) {
  return "X" + little_endian(value.size(), 4) + std::string(value);
}

std::string storage(const std::string& type) {
  return "(" + text("storage") + "ctorch\n" + type + "\n" + text("0") + text("cpu") + "K\x04tQ";
}

// {"w": a tensor of 2 x 2 with the strides 1, 2}
std::string pickled(const std::string& type = "FloatStorage",
                    const std::string& rebuild = "ctorch._utils\n_rebuild_tensor_v2\n") {
  return "\x80\x02}q" + std::string(1, '\0') + "(" + text("w") + rebuild + "(" + storage(type) +
         "K" + std::string(1, '\0') + "K\x02K\x02\x86K\x01K\x02\x86\x89" +
         "ccollections\nOrderedDict\n)RtRu.";
}

TEST(Pickle, GivesTheTensorsOfADict) {
  const auto tensors = read_pickled_tensors(bytes_of(pickled()));
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors[0].first, "w");
  EXPECT_EQ(tensors[0].second.storage, "0");
  EXPECT_EQ(tensors[0].second.layout.type, DataType::kFloat);
  EXPECT_EQ(tensors[0].second.layout.shape, (Shape{2, 2}));
  EXPECT_EQ(tensors[0].second.layout.strides, (std::vector<int64_t>{1, 2}));
}

TEST(Pickle, RunsNoOtherFunction) {
  expect_error([] { read_pickled_tensors(bytes_of(pickled("FloatStorage", "cos\nsystem\n"))); },
               "the pickle names 'os system', which is not run");
  expect_error([] { read_pickled_tensors(bytes_of(pickled("Evil"))); }, "which is not run");
  expect_error(
      [] {
        read_pickled_tensors(
            bytes_of("\x80\x02"
                     "cbuiltins\neval\n(X"));
      },
      "which is not run");
}

TEST(Pickle, SurvivesDamage) {
  expect_damage_is_survived(pickled(),
                            [](const std::string& file) { read_pickled_tensors(bytes_of(file)); });
}

TEST(Pickle, OfALayoutOfTorch26IsReadWithItsProgram) {
  const Model model = import_pt2(std::string("testdata/pt2/layout_2_6.pt2"));
  const Model same = import_pt2(std::string("testdata/pt2/models/strided.pt2"));
  for (const char* name : {"transposed", "part", "expanded", "channels", "offset"}) {
    const Tensor& a = *model.graph.value(*model.graph.find(name)).data;
    const Tensor& b = *same.graph.value(*same.graph.find(name)).data;
    EXPECT_TRUE(identical(a, b)) << name;
  }
}

}  // namespace
}  // namespace twingrad
