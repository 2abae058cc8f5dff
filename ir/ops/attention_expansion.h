#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ir/builder.h"
#include "ir/expression.h"

namespace twingrad {

// Attention, FlexAttention and RotaryEmbedding as formulas in ONNX operators. Key and value heads
// that several query heads share are not copied: the queries of a group are rows of one product.
std::vector<ValueId> expand_attention(Builder& builder, const Node& node,
                                      std::span<const ValueId> inputs);
std::vector<ValueId> expand_flex_attention(Builder& builder, const Node& node,
                                           std::span<const ValueId> inputs);
std::vector<ValueId> expand_rotary_embedding(Builder& builder, const Node& node,
                                             std::span<const ValueId> inputs);

// [B,Hq,S,x] times [B,H,x,y] to [B,Hq,S,y], where query head h meets head h / (Hq / H).
Expr grouped_product(Expr a, Expr b);

// The scores before softcap and masks: [B,Hq,S,d] and [B,H,T,d] to [B,Hq,S,T]. Without a scale it
// is 1/sqrt(d).
Expr scaled_scores(Expr q, Expr k, std::optional<float> scale);

// x with pairs of its first features in the last axis turned by the angles whose cosines and sines
// are given, in shapes that broadcast to x but for the last axis: that has the number of pairs.
// Pairs are i and i + pairs, or 2i and 2i + 1 if interleaved. `whole`: there are no other features.
Expr rotated(Expr x, Expr cosines, Expr sines, bool whole, bool interleaved);

// Of the scores that FlexAttention's graphs see.
DataType flex_attention_precision(const Attributes& attributes, DataType element);

}  // namespace twingrad
