#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "parity/check.h"

namespace twingrad {

// What the harness is given to judge: a case and the options of its check, one of which is wrong.
struct Mutant {
  ParityCase item;
  CheckOptions options;
  std::shared_ptr<const Backend> kernels = nullptr;  // that the options point to, if any
};

// One known fault in one place.
struct Mutation {
  std::string seam;    // derivative, kernel, pass, reference: where the fault is put in
  std::string kind;    // what is wrong: "sign"
  std::string base;    // the base case
  std::string target;  // where: "MatMul 1 of tied"
  std::string leg;     // that must catch it
  std::string cause;   // the hypothesis that must explain it first; empty: it has no fingerprint
  // Puts the fault into the base case, which is recorded.
  std::function<Mutant(const ParityCase& base, ThreadPool& pool)> make;

  std::string name() const { return seam + "/" + kind + "/" + base + "/" + target; }
};

// All of them, the families in files of their own.
std::vector<Mutation> all_mutations();
std::vector<Mutation> derivative_mutations();
std::vector<Mutation> kernel_mutations();
std::vector<Mutation> pass_mutations();
std::vector<Mutation> recorded_value_mutations();  // of the reference's tensors
std::vector<Mutation> definition_mutations();      // of what the reference computed
std::vector<Mutation> optimizer_mutations();       // of how it trained

}  // namespace twingrad
