#pragma once

#include <span>
#include <vector>

#include "ir/expression.h"

namespace twingrad {

// The values that one carried value of a Loop has at the start of each turn, kept by a loop that
// runs forwards and read by one that runs backwards. Written in ONNX's operators (and in
// SequenceJoin and SequenceSlice, which expand to such):
//   a tensor of one shape         a scan output, [turns, shape...]
//   a tensor whose shape changes  a carried sequence with an item a turn
//   a sequence                    one carried sequence with the items of all turns, and scan
//                                 outputs that say where those of a turn begin and how many they
//                                 are
//   an optional                   what it holds as such a sequence, and whether it holds anything
class ValueHistory {
 public:
  // `type` holds for the value in every turn.
  explicit ValueHistory(Type type);

  bool is_carried() const { return form_ != Form::kStack; }
  // Of the carried sequence, if there is one: what it is before the first turn, and its type.
  ValueId initial(Builder& builder) const;
  Type carried_type() const;
  // How many scan outputs there are.
  size_t scan_count() const;

  struct Record {
    ValueId carried = kNoValue;  // the sequence after this turn
    std::vector<ValueId> scans;
  };
  // Written in the body of the forward loop: `value` at the start of a turn, `carried` the
  // sequence.
  Record record(Builder& builder, ValueId value, ValueId carried) const;

  // Read in the body of the backward loop, from what the forward loop has left: the sequence, if
  // there is one, then the scan outputs.
  ValueId at(Builder& builder, std::span<const ValueId> kept, Expr turn) const;

 private:
  enum class Form : uint8_t { kStack, kList, kParts, kOptional };
  static Form form_of(const Type& type);
  // Of kOptional: what the optional holds.
  const Type& content() const { return *type_.item; }
  ValueId content_items(Builder& builder, ValueId has, ValueId value) const;

  Type type_;
  Form form_;
};

}  // namespace twingrad
