#include "autodiff/rules/tables.h"
#include "ir/domains.h"

namespace twingrad {

// Constant between the thresholds.
std::vector<DerivativeRow> ml_derivatives() {
  return {
      {"Binarizer", {nullptr}, nullptr, kMlDomain},
      {"LabelEncoder", {nullptr}, nullptr, kMlDomain},
      {"ZipMap", {nullptr}, nullptr, kMlDomain},
      {"TreeEnsemble", {nullptr}, nullptr, kMlDomain},
      {"CategoryMapper", {nullptr}, nullptr, kMlDomain},
      {"OneHotEncoder", {nullptr}, nullptr, kMlDomain},
      {"CastMap", {nullptr}, nullptr, kMlDomain},
      {"DictVectorizer", {nullptr}, nullptr, kMlDomain},
      {"TreeScores", {nullptr}, nullptr, kInternalDomain},
      {"ForestScores", {nullptr}, nullptr, kInternalDomain},
      {"CoupledProbabilities", {nullptr}, nullptr, kInternalDomain},
  };
}

}  // namespace twingrad
