#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/expression.h"

namespace twingrad {

// What the attentions of ONNX Runtime come down to: ONNX's, of tensors [B,heads,length,size].
struct HeadedAttention {
  Expr q;
  Expr k;
  Expr v;
  std::optional<Expr> mask = {};  // bool, or added to the scores
  std::optional<Expr> past_k = {};
  std::optional<Expr> past_v = {};
  bool causal = false;
  float softcap = 0;
  std::optional<float> scale = {};
  // Which scores the fourth output is, as `qk_matmul_output_mode` counts: 2 has the mask in it.
  int64_t scores = 2;
};

// The first `outputs` of: the result [B,S,hidden], the keys and values with those of the past, the
// scores.
std::vector<Expr> attended(const HeadedAttention& call, size_t outputs);

// [B,S,heads*size] as [B,heads,S,size].
Expr heads_first(Expr x, int64_t heads);
// Elements of the last axis, so many for each part.
std::vector<Expr> divided(Expr x, std::span<const int64_t> sizes);
// The extent of the last axis; throws Error (unsupported) where it is not known.
int64_t known_width(Expr x);

// What a mask of integers adds to the scores of q with `length` keys (an int64 vector of one
// element): `filter` where it has zeros. Its shapes are [B,T], [B,S,T], and for keys that end (and
// begin) somewhere [B] and [2B].
Expr padding_bias(Expr mask, Expr q, Expr length, double filter);

// Throws Error (unsupported) if the node has the input or sets the attribute.
void refuse_input(const Node& node, std::span<const ValueId> inputs, size_t i);
void refuse_flag(const Node& node, std::string_view attribute);

}  // namespace twingrad
