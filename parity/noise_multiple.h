#pragma once

namespace twingrad {

// How many times the measured noise a reference may be away from us. Its rounding is another draw
// of what ours was measured by: |ours - truth| + |theirs - truth|, of which theirs may be three
// times ours, as TorchDynamo allows a compiled result against its float64 run.
inline constexpr double kNoiseMultiple = 4;

}  // namespace twingrad
