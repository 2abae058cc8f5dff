#pragma once

#include "parity/repairs/plan.h"

namespace twingrad {

// Exporters of PyTorch store parameters of equal elements once: the older one writes an Identity of
// the one for the other, the newer one lets the nodes of both read it. Trained like that they stay
// equal. Which were one parameter and which only began with the same numbers:
//   - where metadata names the parameter of each reader, that tells;
//   - else those were distinct whose elements are all the same number (fresh normalizations and
//     biases), or whose names differ in numbers only (copies of a layer);
//   - others were shared (the weights of an embedding and of the last layer).
enum class Ties : uint8_t { kByOrigin, kNone, kAll };

// Gives parameters that were distinct data of their own; what was shared is read without Identity.
// kNone takes all for distinct that have names of their own, kAll none.
Plan alias_plan(const Graph& graph, Ties ties);

}  // namespace twingrad
