#include "ir/op.h"
#include "parity/op_cases.h"

namespace twingrad {

std::vector<OpCase> einsum_cases() {
  const auto any = [](Shape shape) { return OpInput{std::move(shape), Range::kAny, {}}; };
  const auto sum = [](const char* label, const char* equation, std::vector<OpInput> inputs) {
    return OpCase{"Einsum", label, std::move(inputs), {{"equation", std::string(equation)}}};
  };
  return {
      sum("product", "ij,jk->ik", {any({2, 3}), any({3, 4})}),
      sum("batches", "bij, bjk -> bik", {any({2, 2, 3}), any({2, 3, 2})}),
      sum("ellipsis", "...ij,...jk", {any({3, 2, 3}), any({1, 3, 2})}),
      sum("several", "abcd,cdef->efab", {any({2, 1, 3, 2}), any({3, 2, 2, 3})}),
      sum("diagonal", "bii->bi", {any({2, 3, 3})}),
      sum("trace", "iij->j", {any({3, 3, 2})}),
      sum("outer", "i,j->ij", {any({3}), any({2})}),
      sum("three", "i,ij,j->", {any({3}), any({3, 2}), any({2})}),
      sum("transpose", "ij->ji", {any({3, 2})}),
      sum("sum", "ij->i", {any({3, 2})}),
      sum("elements", "bi,bi->bi", {any({2, 3}), any({2, 3})}),
      sum("dotted_sum", "...i->i", {any({2, 3, 2})}),
      {"Det", "matrices", {any({2, 3, 3})}},
      {"Det", "one", {any({2, 1, 1})}},
      {"Det", "singular", {point_input({3, 3}, {1, 2, 3, 2, 4, 6, 1, 0, 1})}},
      {"Cofactors", "matrices", {any({2, 3, 3})}, {}, 1, std::string(kInternalDomain)},
  };
}

}  // namespace twingrad
