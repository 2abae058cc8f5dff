#include <array>

#include "parity/hypotheses/hypothesis.h"

namespace twingrad {
namespace {

constexpr std::array kHypotheses = {
    Hypothesis{"transposed", transposed_tensors},
    Hypothesis{"gates", permuted_gate_blocks},
    Hypothesis{"layout", flattened_channels_last},
    Hypothesis{"layout", permuted_axes},
    Hypothesis{"broadcast", unsummed_broadcasts},
    Hypothesis{"sign", negated_tensors},
    Hypothesis{"dropout_scale", dropout_factors},
    Hypothesis{"reduction", reduction_factors},
    Hypothesis{"factor", other_factors},
    Hypothesis{"convention", other_conventions},
    Hypothesis{"optimizer", other_optimizers},
    Hypothesis{"reduction", other_loss_reductions},
    Hypothesis{"gates", permuted_gates},
    Hypothesis{"count_include_pad", other_pool_counts},
    Hypothesis{"align_corners", other_sampling_grids},
    Hypothesis{"gelu", other_gelus},
    Hypothesis{"momentum", other_momenta},
    Hypothesis{"variance", unbiased_variances},
    Hypothesis{"dropout_scale", other_dropout_scales},
    Hypothesis{"reduction", other_reductions},
    Hypothesis{"layout", channels_last_before_flatten},
    Hypothesis{"transposed", transposed_weights},
    Hypothesis{"slope", other_slopes},
    Hypothesis{"axis", other_axes},
    Hypothesis{"accumulation", other_accumulations},
    Hypothesis{"broadcast", partial_broadcast_sums},
    Hypothesis{"padding", other_paddings},
    Hypothesis{"epsilon", other_epsilons, true},
};

}  // namespace

std::span<const Hypothesis> hypotheses() {
  return kHypotheses;
}

}  // namespace twingrad
