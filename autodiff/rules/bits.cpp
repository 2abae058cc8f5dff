#include "autodiff/rules/tables.h"

namespace twingrad {

std::vector<DerivativeRow> bits_derivatives() {
  return {
      {"BitwiseAnd", {nullptr}}, {"BitwiseOr", {nullptr}}, {"BitwiseXor", {nullptr}},
      {"BitwiseNot", {nullptr}}, {"BitShift", {nullptr}},  {"BitCast", {nullptr}},
  };
}

}  // namespace twingrad
