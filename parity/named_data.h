#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ir/datum.h"

namespace twingrad {

using NamedTensors = std::map<std::string, Tensor>;
using NamedData = std::map<std::string, Datum>;
NamedData named_data(const NamedTensors& tensors);

// A tensor in a datum and where it is: "y" itself, "y[2]" an item of a sequence, "y.keys" and
// "y[0]" of a map.
struct Leaf {
  std::string place;
  Tensor tensor;
};
std::vector<Leaf> leaves(const std::string& name, const Datum& datum);
// Whether it holds tensors of floating-point numbers, and no maps: those have no gradients.
bool has_gradient(const Datum& datum);
bool has_gradient(const Type& type);

// The datum with every tensor in it (but the keys of maps) replaced.
Datum transformed(const Datum& datum, const std::function<Tensor(const Tensor&)>& function);

// The data with float tensors in this precision, as the graph of that precision takes them.
NamedData with_precision(const NamedData& data, DataType precision);

// "a tensor", "a sequence of 3", "nothing", ...
std::string kind_text(const Datum& datum);
// Whether two data hold tensors at the same places; `why` says where they do not.
bool same_structure(const Datum& left, const Datum& right, std::string& why);

}  // namespace twingrad
