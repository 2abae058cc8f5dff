#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "ir/tensor.h"
#include "ir/type.h"

namespace twingrad {

class Datum;
using Sequence = std::vector<Datum>;

// Keys (a tensor of integers or strings, rank 1) and as many values.
struct MapDatum {
  Tensor keys;
  std::shared_ptr<const Sequence> values;
};

// What a value is at run time: a tensor, a sequence, a map, or nothing (an optional without value;
// an optional with a value is that value). Copies share what they hold.
class Datum {
 public:
  Datum() = default;
  Datum(Tensor tensor) : held_(std::move(tensor)) {}  // NOLINT: a tensor is a datum
  explicit Datum(Sequence items) : held_(std::make_shared<const Sequence>(std::move(items))) {}
  explicit Datum(MapDatum map) : held_(std::move(map)) {}

  bool empty() const { return std::holds_alternative<std::monostate>(held_); }
  bool is_tensor() const { return std::holds_alternative<Tensor>(held_); }
  bool is_sequence() const { return std::holds_alternative<SequencePointer>(held_); }
  bool is_map() const { return std::holds_alternative<MapDatum>(held_); }
  const Tensor& tensor() const { return std::get<Tensor>(held_); }
  Tensor& tensor() { return std::get<Tensor>(held_); }
  const Sequence& sequence() const { return *std::get<SequencePointer>(held_); }
  const MapDatum& map() const { return std::get<MapDatum>(held_); }

 private:
  using SequencePointer = std::shared_ptr<const Sequence>;
  std::variant<std::monostate, Tensor, SequencePointer, MapDatum> held_;
};

// What is known of the type of a value that is `datum`, where `declared` is known of it beforehand
// (unknown: nothing). Shapes become those of the tensors; an empty sequence or optional adds
// nothing. Throws Error where the datum is of another type.
Type refined_type(const Type& declared, const Datum& datum);

}  // namespace twingrad
