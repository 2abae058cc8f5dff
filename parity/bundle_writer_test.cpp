#include "parity/bundle_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "importers/model_file.h"
#include "ir/builder.h"
#include "ir/error.h"
#include "ir/same_model.h"
#include "ir/test_folder.h"
#include "parity/same_bundle.h"

namespace twingrad {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> recorded_bundles() {
  std::vector<std::string> folders;
  for (const auto& entry : fs::recursive_directory_iterator("testdata/references")) {
    if (entry.path().filename() == "manifest.json") {
      folders.push_back(entry.path().parent_path().string());
    }
  }
  return folders;
}

class RecordedBundle : public testing::TestWithParam<std::string> {};

TEST_P(RecordedBundle, IsTheSameAfterItWasWrittenAndRead) {
  Bundle bundle = read_bundle(GetParam());
  std::map<std::string, Model> models;
  for (ReferenceCase& item : bundle.cases) {
    const Model model = import_model(item.model);
    item.model = fs::path(item.model).stem().string() + ".json";
    models.emplace(item.model, model);
  }
  const TestFolder folder;
  const std::string copy = folder.path("copy");
  write_bundle(bundle, models, copy);
  EXPECT_EQ(difference(read_bundle(copy), bundle), "");
  for (const auto& [name, model] : models) {
    EXPECT_EQ(difference(import_model(copy + "/" + name).graph, model.graph), "") << name;
  }
}

INSTANTIATE_TEST_SUITE_P(BundleWriter, RecordedBundle, testing::ValuesIn(recorded_bundles()),
                         [](const auto& item) {
                           std::string name = item.param.substr(std::string("testdata/").size());
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

// One node, one input.
Bundle small_bundle() {
  Bundle bundle{"", "twingrad", "1", "float32", "spec", {}};
  ReferenceCase item;
  item.name = "one";
  item.model = "model.onnx";
  item.inputs["x"] = Tensor::of<float>({2}, {1.0F, 2.0F});
  item.outputs["y"] = Tensor::of<float>({2}, {1.0F, 2.0F});
  item.gradients["x"] = std::nullopt;
  bundle.cases.push_back(item);
  return bundle;
}

std::map<std::string, Model> small_model() {
  Model model;
  Builder builder(model.graph);
  const ValueId x = builder.input("x", Type::tensor(DataType::kFloat, Shape{2}));
  const std::vector<ValueId> y = builder.emit({.op = "Relu", .inputs = {x}, .outputs = {"y"}});
  model.graph.set_outputs(y);
  return {{"model.onnx", std::move(model)}};
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

TEST(BundleWriter, StoresEqualTensorsOnce) {
  const TestFolder folder;
  write_bundle(small_bundle(), small_model(), folder.path("b"));
  const Bundle read = read_bundle(folder.path("b"));
  EXPECT_EQ(read.cases[0].inputs.at("x").raw(), read.cases[0].outputs.at("y").raw());
}

TEST(BundleWriter, LeavesWhatIsThereUnlessItIsForced) {
  const TestFolder folder;
  write_bundle(small_bundle(), small_model(), folder.path("b"));
  Bundle other = small_bundle();
  other.conventions = "jax";
  EXPECT_THROW(write_bundle(other, small_model(), folder.path("b")), Error);
  EXPECT_EQ(read_bundle(folder.path("b")).conventions, "spec");
  write_bundle(other, small_model(), folder.path("b/"), {.force = true});
  EXPECT_EQ(read_bundle(folder.path("b")).conventions, "jax");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"b"});
}

TEST(BundleWriter, ReplacesNothingThatIsNoBundle) {
  const TestFolder folder;
  folder.write("mine/letter.txt", "text");
  EXPECT_THROW(write_bundle(small_bundle(), small_model(), folder.path("mine"), {.force = true}),
               Error);
  EXPECT_EQ(folder.read("mine/letter.txt"), "text");
}

TEST(BundleWriter, LeavesNothingHalfWritten) {
  const TestFolder folder;
  Bundle bundle = small_bundle();
  bundle.cases[0].rtol = std::numeric_limits<double>::infinity();
  EXPECT_THROW(write_bundle(bundle, small_model(), folder.path("b")), Error);
  bundle = small_bundle();
  bundle.cases[0].outputs["s"] = Tensor::of_strings({1}, {"text"});
  EXPECT_THROW(write_bundle(bundle, small_model(), folder.path("b")), Error);
  bundle = small_bundle();
  bundle.cases[0].name = "\xff";
  EXPECT_THROW(write_bundle(bundle, small_model(), folder.path("b")), Error);
  bundle = small_bundle();
  bundle.cases[0].model = "other.onnx";
  EXPECT_THROW(write_bundle(bundle, small_model(), folder.path("b")), Error);
  EXPECT_TRUE(names_in(folder.path()).empty());
}

TEST(BundleWriter, NamesTheFormThatAModelFits) {
  EXPECT_EQ(model_file_name(small_model().at("model.onnx")), "model.onnx");
}

}  // namespace
}  // namespace twingrad
