#include <algorithm>
#include <array>
#include <map>

#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/einsum_equation.h"
#include "ir/ops/einsum_expansion.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void infer_einsum(InferContext& context) {
  std::vector<int64_t> ranks;
  for (size_t i = 0; i < context.input_count(); ++i) {
    if (context.shape(i) == nullptr) return;
    ranks.push_back(context.shape(i)->rank());
  }
  const EinsumEquation equation(context.attributes().text("equation"), ranks);
  std::map<EinsumLabel, Dimension> extents;
  for (size_t i = 0; i < ranks.size(); ++i) {
    for (size_t k = 0; k < equation.operands[i].size(); ++k) {
      const EinsumLabel label = equation.operands[i][k];
      const Dimension& dim = (*context.shape(i))[static_cast<int64_t>(k)];
      const auto [found, fresh] = extents.try_emplace(label, dim);
      if (fresh || !dim.known()) continue;
      Dimension& known = found->second;
      const bool stretches = is_ellipsis(label) && (known.is(1) || dim.extent == 1);
      check(!known.known() || known.extent == dim.extent || stretches,
            "one label stands for extents ", known.extent, " and ", dim.extent);
      if (!known.known() || known.extent == 1) known = dim;
    }
  }
  PartialShape result;
  for (const EinsumLabel label : equation.result) result.append(extents.at(label));
  context.set_shape(0, std::move(result));
}

}  // namespace

std::vector<OpRow> einsum_ops() {
  return {
      {.name = "Einsum",
       .signature = "Inputs:T* -> Output:T",
       .types = {{"T", kNumericTypes}},
       .attributes = {required("equation", AttributeType::kString)},
       .op_class = OpClass::kContraction,
       .infer = infer_einsum,
       .expand = expand_einsum},
  };
}

}  // namespace twingrad
