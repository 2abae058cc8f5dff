#include "autodiff/rules/tables.h"

namespace twingrad {

// Constant between the thresholds.
std::vector<DerivativeRow> ml_derivatives() {
  constexpr std::string_view kDomain = "ai.onnx.ml";
  return {
      {"Binarizer", {nullptr}, nullptr, kDomain},
      {"LabelEncoder", {nullptr}, nullptr, kDomain},
      {"ZipMap", {nullptr}, nullptr, kDomain},
      {"TreeEnsemble", {nullptr}, nullptr, kDomain},
      {"CategoryMapper", {nullptr}, nullptr, kDomain},
      {"OneHotEncoder", {nullptr}, nullptr, kDomain},
      {"CastMap", {nullptr}, nullptr, kDomain},
      {"DictVectorizer", {nullptr}, nullptr, kDomain},
      {"TreeScores", {nullptr}, nullptr, kInternalDomain},
      {"ForestScores", {nullptr}, nullptr, kInternalDomain},
      {"CoupledProbabilities", {nullptr}, nullptr, kInternalDomain},
  };
}

}  // namespace twingrad
