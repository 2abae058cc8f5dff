#pragma once

#include "parity/question.h"

namespace twingrad {

// Asks a question for every tensor that a node of the graph makes, too, and, where it asks for
// gradients at all, for the gradient of each that holds floats and on which an output depends.
void ask_for_intermediates(const Graph& graph, Question& question);

}  // namespace twingrad
