#include "ir/domains.h"
#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> ml_cases() {
  const std::string domain(kMlDomain);
  const OpInput matrix{{3, 4}, Range::kAny, {}};
  return {
      {"ArrayFeatureExtractor", "columns", {matrix, integers_input({2, 0})}, {}, 1, domain},
      {"Imputer",
       "zeros",
       {matrix},
       {{"imputed_value_floats", std::vector<float>{1.5F}}},
       1,
       domain},
  };
}

}  // namespace twingrad
