#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "importers/json/graph_syntax.h"
#include "importers/json/tensor_reader.h"
#include "ir/model.h"

namespace twingrad {

// Makes graphs of their syntax, node by node on a Builder. Every Error has a path.
class GraphAssembler {
 public:
  // Both outlive the assembler; `functions` may grow meanwhile.
  GraphAssembler(JsonTensorReader& tensors,
                 const std::vector<std::shared_ptr<const Function>>& functions)
      : tensors_(tensors), functions_(functions) {}

  // A graph without surroundings.
  Graph assemble(const GraphSyntax& syntax);
  // An attribute of a function or of a node that is not, and has not, a graph.
  AttributeValue attribute(const AttributeSyntax& syntax);

 private:
  friend class GraphAssembly;

  JsonTensorReader& tensors_;
  const std::vector<std::shared_ptr<const Function>>& functions_;
};

// The value of the key "metadata": an object of strings, or, where a key occurs twice, an array of
// [key, value]. Empty where it is absent.
Metadata read_metadata(const JsonView& object);
// A string, or empty where it is absent.
std::string read_text(const JsonView& object, std::string_view key);
// A type text; the Error has the path.
Type read_type(const JsonView& text);

}  // namespace twingrad
