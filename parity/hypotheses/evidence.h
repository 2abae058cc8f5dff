#pragma once

#include <string>
#include <vector>

#include "parity/hypotheses/hypothesis.h"

namespace twingrad {

// A floating-point tensor of both sides that failed.
struct FailedTensor {
  std::string kind;
  std::string name;
  Tensor ours;
  Tensor theirs;

  std::string title() const { return kind + " '" + name + "'"; }
};

// Those that failed in the question itself (not in a training run), where both sides have one
// tensor of one element type; their shapes may differ.
std::vector<FailedTensor> failed_tensors(const FailedCase& failed);

// How many numbers the expected tensors of these kinds and names ("gradient W1") hold that differ
// from zero and from their neighbours; what is not known counts as one.
size_t informative_elements(const FailedCase& failed, const std::vector<std::string>& keys);

// Whether a tensor has two different elements other than zero: less is explained by anything.
bool is_informative(const Tensor& tensor);

// What the reference may have done with tensors: `undo` turns what it recorded into what would
// have been expected here; an undefined tensor where that cannot be.
struct Relation {
  std::string verb;  // "transposed": stands behind "is" or "are"
  std::function<Tensor(const FailedTensor&)> undo;
};

// Tries the relation on all failed tensors that fit it, as one variant. Returns what the test
// returned; false where none fits, or none of them is informative.
bool try_relation(const FailedCase& failed, const std::vector<FailedTensor>& tensors,
                  const Relation& relation, const VariantTest& test);

}  // namespace twingrad
