#include "parity/named_data.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/precision.h"

namespace twingrad {
namespace {

void collect(const std::string& place, const Datum& datum, std::vector<Leaf>& found) {
  const auto items = [&](const Sequence& sequence) {
    for (size_t i = 0; i < sequence.size(); ++i) {
      collect(place + "[" + std::to_string(i) + "]", sequence[i], found);
    }
  };
  if (datum.is_tensor()) {
    found.push_back({place, datum.tensor()});
  } else if (datum.is_sequence()) {
    items(datum.sequence());
  } else if (datum.is_map()) {
    found.push_back({place + ".keys", datum.map().keys});
    items(*datum.map().values);
  }
}

Sequence transformed_items(const Sequence& items,
                           const std::function<Tensor(const Tensor&)>& function) {
  Sequence result;
  for (const Datum& item : items) result.push_back(transformed(item, function));
  return result;
}

}  // namespace

NamedData named_data(const NamedTensors& tensors) {
  return {tensors.begin(), tensors.end()};
}

NamedData with_precision(const NamedData& data, DataType precision) {
  NamedData result;
  for (const auto& [name, datum] : data) {
    result[name] = transformed(
        datum, [precision](const Tensor& tensor) { return with_precision(tensor, precision); });
  }
  return result;
}

std::vector<Leaf> leaves(const std::string& name, const Datum& datum) {
  std::vector<Leaf> found;
  collect(name, datum, found);
  return found;
}

bool has_gradient(const Datum& datum) {
  if (datum.is_tensor()) return is_floating_point(datum.tensor().type());
  return datum.is_sequence() && std::ranges::any_of(datum.sequence(), [](const Datum& item) {
           return has_gradient(item);
         });
}

bool has_gradient(const Type& type) {
  if (type.kind == Type::Kind::kMap) return false;
  return type.item ? has_gradient(*type.item) : is_floating_point(type.element);
}

Datum transformed(const Datum& datum, const std::function<Tensor(const Tensor&)>& function) {
  if (datum.is_tensor()) return function(datum.tensor());
  if (datum.is_sequence()) return Datum(transformed_items(datum.sequence(), function));
  if (datum.is_map()) {
    const MapDatum& map = datum.map();
    return Datum(MapDatum{
        map.keys, std::make_shared<const Sequence>(transformed_items(*map.values, function))});
  }
  return {};
}

std::string kind_text(const Datum& datum) {
  if (datum.is_tensor()) return "a tensor";
  if (datum.is_sequence()) return "a sequence of " + std::to_string(datum.sequence().size());
  if (datum.is_map()) return "a map of " + std::to_string(datum.map().values->size());
  return "nothing";
}

bool same_structure(const Datum& left, const Datum& right, std::string& why) {
  if (kind_text(left) != kind_text(right)) {
    why = "is " + kind_text(left) + ", expected " + kind_text(right);
    return false;
  }
  if (left.is_map()) {
    return same_structure(Datum(*left.map().values), Datum(*right.map().values), why);
  }
  if (!left.is_sequence()) return true;
  for (size_t i = 0; i < left.sequence().size(); ++i) {
    if (!same_structure(left.sequence()[i], right.sequence()[i], why)) {
      why = join_text("item ", i, " ", why);
      return false;
    }
  }
  return true;
}

}  // namespace twingrad
