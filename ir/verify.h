#pragma once

#include "ir/graph.h"

namespace twingrad {

// Checks what every graph must hold, and throws an Error that names the node or value otherwise:
// values are defined once and before they are used; ids, kinds and back references agree; data has
// the type of its value; a node has an operator or a function; captures match the nested graphs,
// which are checked too; outputs exist; and every node, inferred anew, gets types that do not
// contradict those that its outputs have.
void verify(const Graph& graph);

}  // namespace twingrad
