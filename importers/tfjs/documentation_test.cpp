#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "importers/tfjs/formulas/activation.h"
#include "importers/tfjs/layers/layer_row.h"
#include "importers/tfjs/ops/op_row.h"

namespace twingrad {
namespace {

// docs/tfjs.md and the tables must say the same.

// The names in backquotes between a heading and the next.
std::set<std::string> names_below(const std::string& heading) {
  std::ifstream file("docs/tfjs.md", std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const size_t first = page.find("\n## " + heading + "\n");
  EXPECT_NE(first, std::string::npos) << heading;
  const std::string part = page.substr(first + 4, page.find("\n## ", first + 4) - first - 4);
  std::set<std::string> names;
  for (size_t at = part.find('`'); at != std::string::npos; at = part.find('`', at)) {
    const size_t end = part.find('`', at + 1);
    names.insert(part.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return names;
}

TEST(TfjsDocumentation, NamesEveryLayer) {
  std::set<std::string> names = {"Functional", "InputLayer", "Model", "Sequential"};
  for (const LayerRow& row : all_layers()) names.emplace(row.class_name);
  EXPECT_EQ(names_below("Layers"), names);
}

TEST(TfjsDocumentation, NamesEveryActivation) {
  std::set<std::string> names;
  for (const KerasActivation& row : activation_rows()) names.emplace(row.name);
  EXPECT_EQ(names_below("Activations"), names);
}

TEST(TfjsDocumentation, NamesEveryOperator) {
  std::set<std::string> names = {"Const",
                                 "If",
                                 "PartitionedCall",
                                 "Placeholder",
                                 "PlaceholderWithDefault",
                                 "StatefulPartitionedCall",
                                 "StatelessIf",
                                 "StatelessWhile",
                                 "While"};
  for (const TfOpRow& row : all_tf_ops()) {
    EXPECT_TRUE(names.emplace(row.name).second) << row.name << " has two rows";
  }
  EXPECT_EQ(names_below("Operators"), names);
}

}  // namespace
}  // namespace twingrad
