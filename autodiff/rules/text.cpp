#include "autodiff/rules/tables.h"

namespace twingrad {

std::vector<DerivativeRow> text_derivatives() {
  return {
      {"StringConcat", {nullptr}},     {"StringSplit", {nullptr}},
      {"StringNormalizer", {nullptr}}, {"RegexFullMatch", {nullptr}},
      {"TfIdfVectorizer", {nullptr}},
  };
}

}  // namespace twingrad
