#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "importers/onnx/opsets.h"
#include "importers/onnx/proto.h"
#include "ir/model.h"

namespace twingrad {

// A function of the file being read.
struct ModelFunction {
  const onnx::FunctionProto* proto = nullptr;
  std::string domain;
  std::string name;
  std::string overload;
  Opsets opsets;
  std::vector<onnx::AttributeProto> defaults;  // attributes with a default
  std::vector<onnx::ValueInfoProto> values;    // declared types of values in the body
  // Whether each call becomes the nodes of the body: where a node of it changes its form on import
  // in a way that depends on the call, on attributes that are references or on types.
  bool written_out = false;
  Attributes default_attributes;             // read by whoever reads the body
  std::shared_ptr<const Function> function;  // likewise; null for those that are written out

  bool declares(std::string_view attribute) const;
};

// The functions of a model. Throws Error for those that are defined twice, call themselves over
// whatever detour, call one another too deeply, or would together expand to too many nodes.
class FunctionTable {
 public:
  explicit FunctionTable(const onnx::ModelProto& model);

  // The function that the node calls; nullptr if it applies an operator.
  const ModelFunction* find(const onnx::NodeProto& node) const;
  // Callees before callers.
  const std::vector<ModelFunction*>& in_order() const { return order_; }

 private:
  struct Extent {
    int height = 0;      // of the tree of calls
    uint64_t nodes = 0;  // with all calls expanded
  };
  using Key = std::tuple<std::string, std::string, std::string>;

  void add(const onnx::FunctionProto& proto);
  const Extent& settle(ModelFunction& function, int depth);
  bool must_be_written_out(const ModelFunction& function) const;
  void check_expansion(const onnx::ModelProto& model) const;

  std::deque<ModelFunction> functions_;
  std::map<Key, ModelFunction*> by_key_;
  std::map<const ModelFunction*, Extent> extents_;  // entered with height 0 while under way
  std::vector<ModelFunction*> order_;
};

}  // namespace twingrad
