#include "autodiff/rules/tables.h"

namespace twingrad {

std::vector<DerivativeRow> selection_derivatives() {
  return {
      {"NonZero", {nullptr}},
  };
}

}  // namespace twingrad
