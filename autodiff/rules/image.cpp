#include "autodiff/rules/tables.h"

namespace twingrad {

std::vector<DerivativeRow> image_derivatives() {
  return {
      {"ImageDecoder", {nullptr}},
  };
}

}  // namespace twingrad
