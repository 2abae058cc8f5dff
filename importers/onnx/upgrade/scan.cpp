#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// What one turn sees of a value along whose first axis is scanned.
Type without_first_axis(const Type& type) {
  Type slice = type;
  if (!type.shape) return slice;
  check(type.shape->rank() > 0, "a scalar cannot be scanned");
  PartialShape rest;
  for (int64_t axis = 1; axis < type.shape->rank(); ++axis) rest.append((*type.shape)[axis]);
  slice.shape = std::move(rest);
  return slice;
}

// Scan-8 has a batch axis in front of everything and scans along the axis behind it. That is a Scan
// over the batch, without states, of a Scan over the sequence.
void upgrade_scan(OldNode& node) {
  if (node.has_input(0)) fail_unsupported("'sequence_lens' of Scan in opset 8 is not supported");
  NodeSpec& spec = node.spec;
  check(!spec.inputs.empty(), "has no inputs");
  spec.inputs.erase(spec.inputs.begin());
  auto body = std::make_shared<Graph>();
  body->name = "batch";
  Builder inner(*body);
  NodeSpec scan{.op = "Scan", .inputs = {}, .attributes = spec.attributes};
  for (const ValueId id : spec.inputs) {
    check(id != kNoValue, "an input is missing");
    scan.inputs.push_back(inner.input("", without_first_axis(node.builder.type(id))));
  }
  for (const ValueId id : spec.captures) {
    scan.captures.push_back(inner.capture("", node.builder, id));
  }
  if (const AttributeValue* directions = scan.attributes.find("directions")) {
    scan.attributes.set("scan_input_directions", AttributeValue(*directions));
    scan.attributes.erase("directions");
  }
  scan.output_count = spec.output_count;
  body->set_outputs(inner.emit(std::move(scan)));
  spec.attributes = {{"body", GraphPointer(std::move(body))},
                     {"num_scan_inputs", static_cast<int64_t>(spec.inputs.size())}};
}

}  // namespace

std::vector<UpgradeRow> scan_upgrades() {
  return {{"Scan", 9, upgrade_scan, true}};
}

}  // namespace twingrad
