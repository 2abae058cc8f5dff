#include "parity/mutation/mutation.h"

namespace twingrad {

std::vector<Mutation> all_mutations() {
  std::vector<Mutation> all;
  for (const auto family : {derivative_mutations, kernel_mutations, pass_mutations,
                            recorded_value_mutations, definition_mutations, optimizer_mutations}) {
    for (Mutation& mutation : family()) all.push_back(std::move(mutation));
  }
  return all;
}

}  // namespace twingrad
