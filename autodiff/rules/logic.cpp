#include "autodiff/rules/tables.h"

namespace twingrad {

std::vector<DerivativeRow> logic_derivatives() {
  return {
      {"Equal", {nullptr}},
      {"Greater", {nullptr}},
      {"GreaterOrEqual", {nullptr}},
      {"Less", {nullptr}},
      {"LessOrEqual", {nullptr}},
      {"And", {nullptr}},
      {"Or", {nullptr}},
      {"Xor", {nullptr}},
      {"Not", {nullptr}},
      {"IsNaN", {nullptr}},
      {"IsInf", {nullptr}},
      {"Where",
       {nullptr, [](const RuleContext& c) { return where(c.x(0), c.g(), c.g().like(0)); },
        [](const RuleContext& c) { return where(c.x(0), c.g().like(0), c.g()); }}},
  };
}

}  // namespace twingrad
