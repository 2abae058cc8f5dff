#include "parity/question.h"

namespace twingrad {

Question in_double(const Question& question, const Graph& graph) {
  Question wide = question;
  wide.graph = &graph;
  for (NamedData* data : {&wide.inputs, &wide.cotangents, &wide.directions}) {
    *data = with_precision(*data, DataType::kDouble);
  }
  return wide;
}

}  // namespace twingrad
