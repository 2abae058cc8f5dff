#include "autodiff/rules/tables.h"

namespace twingrad {

std::vector<DerivativeRow> selection_derivatives() {
  return {
      {"NonZero", {nullptr}},
      {"NonMaxSuppression", {nullptr, nullptr, nullptr, nullptr, nullptr}},
  };
}

}  // namespace twingrad
