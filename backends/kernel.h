#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "backends/thread_pool.h"
#include "ir/datum.h"
#include "ir/graph.h"
#include "ir/op.h"
#include "ir/tensor.h"

namespace twingrad {

// What a kernel gets. Types and shapes of the inputs have been checked by inference; the outputs
// have their types and shapes. A kernel writes every element of every output that is wanted, never
// allocates, and gives the same bits for any number of threads of the pool.
struct KernelContext {
  const Node& node;
  std::span<const Tensor* const> inputs;  // nullptr: absent
  std::span<Tensor* const> outputs;       // nullptr: not wanted
  std::span<std::byte> workspace;         // as many bytes as the row asked for, 64-byte aligned
  ThreadPool& pool;
  uint64_t seed;  // of this run; random operators combine it with their own attributes

  const Tensor& input(size_t i) const { return *inputs[i]; }
  bool has_input(size_t i) const { return i < inputs.size() && inputs[i] != nullptr; }
  Tensor& output(size_t i = 0) const { return *outputs[i]; }
  bool has_output(size_t i) const { return i < outputs.size() && outputs[i] != nullptr; }
  const Attributes& attributes() const { return node.attributes; }
};

using KernelFunction = void (*)(const KernelContext&);
// Bytes of workspace; the tensors of the context have types and shapes but no data yet.
using WorkspaceFunction = size_t (*)(const KernelContext&);

// A run of elements of an elementwise operator: element i of operand k is at
// inputs[k][i * strides[k]], strides are 0 or 1. The output may be one of the inputs of stride 1.
// Element i of the output depends on nothing but elements i of the inputs, so that the same run in
// pieces gives the same bits.
struct ElementRun {
  std::span<const void* const> inputs;
  std::span<const int64_t> strides;
  void* output;
  int64_t count;
  const Node& node;
  DataType type;         // of input 0
  DataType second_type;  // of input 1, if there is one
  DataType output_type;
};
using ElementFunction = void (*)(const ElementRun&);

// What a kernel gets that makes its own outputs: of operators whose extents depend on the elements
// (NonZero), or whose inputs or outputs are sequences, optionals or maps. It returns one datum for
// every output (empty: not wanted, or an optional without value), never more memory than the inputs
// justify. What it puts into a sequence or map is a clone or comes from another one: the memory of
// tensors that are inputs is used again after the node.
struct EvaluationContext {
  const Node& node;
  std::span<const Datum* const> inputs;  // nullptr: absent
  ThreadPool& pool;
  uint64_t seed;

  bool has_input(size_t i) const { return i < inputs.size() && inputs[i] != nullptr; }
  const Datum& input(size_t i) const { return *inputs[i]; }
  const Tensor& tensor(size_t i) const { return inputs[i]->tensor(); }
  const Attributes& attributes() const { return node.attributes; }
};
using EvaluateFunction = std::vector<Datum> (*)(const EvaluationContext&);

// (operator, element types) -> code: one of `run`, `elements` (elementwise operators) and
// `evaluate`. Rows without types serve every key type, also that of no tensor at all.
// The key type of a node is that of its first output if it is a floating-point one, else that of
// its first input, else that of its first output.
struct KernelRow {
  std::string_view op;
  TypeSet types = {};
  KernelFunction run = nullptr;
  ElementFunction elements = nullptr;
  WorkspaceFunction workspace = nullptr;
  std::string_view domain = "";
  EvaluateFunction evaluate = nullptr;
};

DataType key_type(const Graph& graph, const Node& node);

}  // namespace twingrad
