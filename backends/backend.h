#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/kernel.h"

namespace twingrad {

// A table of kernel rows; what it lacks it takes from its base. Immutable once made.
class Backend {
 public:
  Backend(std::string_view name, std::vector<KernelRow> rows, const Backend* base = nullptr);

  std::string_view name() const { return name_; }
  // The row for an operator and a key type; nullptr if there is none.
  const KernelRow* find(const OpDef& op, DataType key) const;
  const KernelRow* find(const Graph& graph, const Node& node) const;
  std::span<const KernelRow> rows() const { return rows_; }
  const Backend* base() const { return base_; }

 private:
  std::string name_;
  std::vector<KernelRow> rows_;
  const Backend* base_;
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const KernelRow*>> by_op_;
};

// Plain loops over any element type; float64 for the oracle.
const Backend& reference_backend();
// OpenBLAS and vectorised kernels for float (and double where it pays) over the reference table.
const Backend& openblas_backend();
// The backends by name, for --backend; throws Error that lists them.
const Backend& backend_by_name(std::string_view name);

// Runs a row on sized outputs: `run`, or `elements` over the broadcast inputs.
void run_kernel(const KernelRow& row, const KernelContext& context);

}  // namespace twingrad
