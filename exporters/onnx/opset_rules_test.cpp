#include "exporters/onnx/opset_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "exporters/onnx/required_opset.h"

namespace twingrad {
namespace {

// The versions after the oldest opset that is written in which ONNX's schemas changed, by operator.
std::map<std::string, std::set<int64_t>> changes() {
  std::ifstream file("testdata/onnx_suite/schemas.json");
  const auto schemas = nlohmann::json::parse(file);
  std::map<std::string, std::set<int64_t>> result;
  for (const auto& [name, schema] : schemas["operators"].items()) {
    if (name.find("::") != std::string::npos) continue;  // of another domain
    for (const int64_t version : schema["since"]) {
      if (version > kOldestWrittenOpset) result[name].insert(version);
    }
  }
  return result;
}

bool is_new(std::string_view op, int64_t opset) {
  return std::ranges::any_of(type_rules(), [&](const TypeRule& rule) {
    return rule.op == op && rule.opset == opset && rule.elements.empty();
  });
}

TEST(OpsetRules, KnowWhenEveryOperatorCame) {
  std::ifstream file("testdata/onnx_suite/schemas.json");
  const auto schemas = nlohmann::json::parse(file);
  size_t young = 0;
  for (const auto& [name, schema] : schemas["operators"].items()) {
    const int64_t first = schema["since"].front();
    if (name.find("::") != std::string::npos || first <= kOldestWrittenOpset) continue;
    // What 18 called GroupNormalization is another operator.
    const int64_t meant = name == "GroupNormalization" ? 21 : first;
    EXPECT_TRUE(is_new(name, meant)) << name << " came with " << first;
    ++young;
  }
  EXPECT_GT(young, 40u);
}

TEST(OpsetRules, AreAboutVersionsInWhichTheOperatorChanged) {
  const auto changed = changes();
  const auto expect_change = [&changed](std::string_view op, int64_t opset) {
    const auto found = changed.find(std::string(op));
    EXPECT_TRUE(found != changed.end() && found->second.contains(opset)) << op << " in " << opset;
  };
  for (const TypeRule& rule : type_rules()) expect_change(rule.op, rule.opset);
  for (const AttributeRule& rule : attribute_rules()) expect_change(rule.op, rule.opset);
  for (const WordRule& rule : word_rules()) expect_change(rule.op, rule.opset);
  for (const InputRule& rule : input_rules()) expect_change(rule.op, rule.opset);
}

}  // namespace
}  // namespace twingrad
