#include <numeric>

#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// One list of classes, of which texts become the places and numbers are the places.
void upgrade_label_encoder(OldNode& node) {
  const auto classes = node.take<std::vector<std::string>>("classes_strings");
  check(classes.has_value(), "needs the attribute 'classes_strings'");
  std::vector<int64_t> places(classes->size());
  std::iota(places.begin(), places.end(), 0);
  const bool to_number = node.element(0) == DataType::kString;
  node.spec.attributes.set(to_number ? "keys_strings" : "values_strings", *classes);
  node.spec.attributes.set(to_number ? "values_int64s" : "keys_int64s", places);
}

}  // namespace

std::vector<UpgradeRow> label_upgrades() {
  return {{"LabelEncoder", 2, upgrade_label_encoder, true}};
}

}  // namespace twingrad
