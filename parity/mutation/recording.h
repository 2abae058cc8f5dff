#pragma once

#include "backends/thread_pool.h"
#include "parity/targets.h"

namespace twingrad {

// What a framework would have recorded that computes what the case says: the case with the answer
// of the reference kernels, node by node, as its expectation. Of a
// case with a training run also the losses, gradients and parameters of its steps.
ParityCase recorded(ParityCase item, ThreadPool& pool);

// The original held to what `other`, the same case as another framework or converter understands
// it, records.
ParityCase held_to(ParityCase original, ParityCase other, ThreadPool& pool);

}  // namespace twingrad
