#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/source/node_writer.h"
#include "exporters/source/program.h"
#include "ir/named_tensor.h"

namespace twingrad {

// An operator as an expression of a framework: one for every output (or those that can be
// read), or a tuple_result for all of them.
using WriteOperator = std::vector<Code> (*)(NodeWriter&);
// Whether the node is written over arrays whose channels are the last axis (LineWriter).
using WantsChannelsLast = bool (*)(const NodeWriter&);

struct SourceRow {
  std::string_view op;
  // Calls and operators over the inputs: "torch.exp({0})", "{0} + {1}". Empty: `write`.
  std::string_view pattern = {};
  WriteOperator write = nullptr;
  std::string_view domain = {};
  WantsChannelsLast channels_last = nullptr;  // never
};

struct SourceFiles {
  std::string text;
  std::vector<NamedTensor> weights;
};

// What differs between the frameworks that code is written for.
struct Framework {
  std::string_view name;   // "pytorch", of --to
  std::string_view title;  // "PyTorch"
  std::span<const SourceRow> (*rows)();
  // A tensor of the model as a member: a parameter that trains, or constant data.
  Member (*tensor_member)(const Value& value, const Tensor& data, bool trains);
  // A known tensor that is not worth a member: "torch.tensor(0.5)".
  Code (*literal)(const Tensor& tensor);
  // The whole file, and what stands beside it. `title`: what the head calls the model.
  SourceFiles (*write)(SourceProgram program, const GraphFacts& facts, std::string_view title);
  // An extent that is known when the code runs; {0} is the array, {1} the axis.
  std::string_view extent = "{0}.shape[{1}]";
  // A form that a model is written in where it can be; nullptr: there is this one only.
  const Framework& (*preferred)() = nullptr;
};

// nullptr where the operator has none.
const SourceRow* find_row(const Framework& framework, std::string_view domain, std::string_view op);

}  // namespace twingrad
