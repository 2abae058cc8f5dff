#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "importers/damage_for_tests.h"
#include "importers/input_file.h"
#include "importers/json/model_keys.h"
#include "importers/json/model_reader.h"
#include "importers/json/weight_initializer.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

// docs/ and the reader must say the same.

std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> json_examples(const std::string& page) {
  constexpr std::string_view kOpening = "```json\n";
  std::vector<std::string> examples;
  for (size_t at = 0; (at = page.find(kOpening, at)) != std::string::npos;) {
    at += kOpening.size();
    examples.push_back(page.substr(at, page.find("```", at) - at));
  }
  return examples;
}

TEST(ModelDocumentation, ExamplesAreModels) {
  const TestFolder folder;
  const std::string header = R"({"rotation":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                             R"("bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}})";
  folder.write("weights.safetensors",
               little_endian(header.size(), 8) + header + std::string(24, '\0'));
  const auto examples = json_examples(text_of_file("docs/model.md"));
  EXPECT_GE(examples.size(), 5U);
  for (const std::string& example : examples) {
    EXPECT_NO_THROW((void)read_json_model_file(folder.write("model.json", example))) << example;
  }
}

TEST(ModelDocumentation, ModelsForTestsAreModels) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/models")) {
    if (entry.path().extension() != ".json") continue;
    const Model model = read_json_model_file(entry.path().string());
    for (const ValueId id : model.graph.outputs()) {
      EXPECT_TRUE(model.graph.value(id).type.shape.has_value()) << entry.path();
    }
    ++count;
  }
  EXPECT_GE(count, 4U);
}

using Keys = std::set<std::string, std::less<>>;

Keys keys_of(std::initializer_list<JsonKeys> lists) {
  Keys keys;
  for (const JsonKeys list : lists) keys.insert(list.begin(), list.end());
  return keys;
}

TEST(ModelDocumentation, TheSchemaHasTheKeysOfTheReader) {
  const std::string text = text_of_file("docs/model.schema.json");
  const JsonDocument document = JsonDocument::parse(text);
  const JsonView definitions = document.root().at("$defs");
  const auto schema_keys = [&](std::string_view name) {
    Keys keys;
    for (const auto& [key, value] : definitions.at(name).at("properties").members()) {
      keys.emplace(key);
    }
    EXPECT_FALSE(definitions.at(name).at("additionalProperties").boolean()) << name;
    return keys;
  };
  const Keys tensor = keys_of({{"type", "shape", "key"}, kTensorSources, kInitializerKeys});
  EXPECT_EQ(schema_keys("model"), keys_of({kModelKeys}));
  EXPECT_EQ(schema_keys("graph"), keys_of({kGraphKeys}));
  EXPECT_EQ(schema_keys("origin"), keys_of({kOriginKeys}));
  EXPECT_EQ(schema_keys("function"), keys_of({kFunctionKeys}));
  EXPECT_EQ(schema_keys("node"), keys_of({kNodeKeys}));
  EXPECT_EQ(schema_keys("input"), keys_of({kInputKeys}));
  EXPECT_EQ(schema_keys("value"), keys_of({kValueKeys}));
  EXPECT_EQ(schema_keys("sparse_tensor"), keys_of({kSparseKeys}));
  EXPECT_EQ(schema_keys("reference"), keys_of({kReferenceKeys}));
  EXPECT_EQ(schema_keys("tensor_object"), tensor);
  Keys data = tensor;
  data.insert(kDataKeys.begin(), kDataKeys.end());
  EXPECT_EQ(schema_keys("data_object"), data);
  const auto names =
      definitions.at("tensor_object").at("properties").at("initializer").at("enum").strings();
  EXPECT_TRUE(std::ranges::equal(names, kInitializerNames));
}

TEST(ModelDocumentation, EveryInitializerOfTheListExists) {
  for (const std::string_view name : kInitializerNames) {
    const std::string text =
        R"({"format": "twingrad-model", "version": 1, "outputs": ["w"], "parameters": {"w": {)"
        R"("shape": [2, 2], )" +
        std::string(name == "constant" ? R"("value": 2, )" : "") + R"("initializer": ")" +
        std::string(name) + R"("}}})";
    const JsonDocument document = JsonDocument::parse(text);
    EXPECT_NO_THROW((void)read_json_model(document.root(), nullptr)) << name;
  }
}

}  // namespace
}  // namespace twingrad
