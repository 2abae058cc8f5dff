#include "parity/hypotheses/evidence.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace twingrad {
namespace {

const Tensor* tensor_in(const NamedData& data, const std::string& name) {
  const auto found = data.find(name);
  const bool usable = found != data.end() && found->second.is_tensor() &&
                      is_floating_point(found->second.tensor().type());
  return usable ? &found->second.tensor() : nullptr;
}

const Tensor* tensor_in(const NamedGradients& data, const std::string& name) {
  const auto found = data.find(name);
  const bool usable = found != data.end() && found->second && found->second->is_tensor() &&
                      is_floating_point(found->second->tensor().type());
  return usable ? &found->second->tensor() : nullptr;
}

// The tensor of that kind and name of an Answer or an Expectation.
template <typename Side>
const Tensor* tensor_of(const Side& side, const std::string& kind, const std::string& name) {
  if (kind == "output") return tensor_in(side.outputs, name);
  if (kind == "gradient") return tensor_in(side.gradients, name);
  if (kind == "second_order") return tensor_in(side.second_order, name);
  return kind == "third_order" ? tensor_in(side.third_order, name) : nullptr;
}

void replace(Expectation& expected, const FailedTensor& tensor, Tensor by) {
  if (tensor.kind == "output") {
    expected.outputs[tensor.name] = std::move(by);
  } else if (tensor.kind == "gradient") {
    expected.gradients[tensor.name] = Datum(std::move(by));
  } else if (tensor.kind == "second_order") {
    expected.second_order[tensor.name] = std::move(by);
  } else if (tensor.kind == "third_order") {
    expected.third_order[tensor.name] = std::move(by);
  }
}

bool agree(const FailedTensor& tensor, const Tensor& expected) {
  Tolerance tolerance = tolerance_for(tensor.kind, expected.type());
  tolerance.nan_equal = true;
  return compare(tensor.name, tensor.kind, tensor.ours, expected, tolerance).verdict ==
         Verdict::kPassed;
}

std::string sentence_of(const std::vector<const FailedTensor*>& fitting, const std::string& verb) {
  if (fitting.size() == 1) return "matches if " + fitting[0]->title() + " is " + verb;
  std::string names;
  for (size_t i = 0; i < fitting.size() && i < 3; ++i) {
    names += (i == 0 ? "" : ", ") + fitting[i]->title();
  }
  if (fitting.size() > 3) names += " and " + std::to_string(fitting.size() - 3) + " more";
  return "matches if " + names + " are " + verb;
}

// Counted up to a handful: more says no more.
size_t different_elements(const Tensor& tensor) {
  std::set<double> seen;
  for (int64_t i = 0; i < tensor.element_count() && seen.size() < 8; ++i) {
    const double value = element_as_double(tensor, i);
    if (std::isfinite(value) && value != 0) seen.insert(value);
  }
  return seen.size();
}

}  // namespace

std::vector<FailedTensor> failed_tensors(const FailedCase& failed) {
  std::vector<FailedTensor> result;
  std::set<std::string> seen;
  for (const LegReport& leg : failed.report.legs) {
    if (leg.leg != "reference" || !leg.left.starts_with("eager/")) continue;
    for (const TensorVerdict& verdict : leg.tensors) {
      if (verdict.verdict != Verdict::kFailed) continue;
      const Tensor* ours = tensor_of(failed.answer, verdict.kind, verdict.name);
      const Tensor* theirs = tensor_of(failed.expected, verdict.kind, verdict.name);
      if (ours == nullptr || theirs == nullptr || ours->type() != theirs->type()) continue;
      if (!seen.insert(verdict.kind + " " + verdict.name).second) continue;
      result.push_back({verdict.kind, verdict.name, *ours, *theirs});
    }
  }
  return result;
}

size_t informative_elements(const FailedCase& failed, const std::vector<std::string>& keys) {
  size_t count = 0;
  for (const std::string& key : keys) {
    const size_t space = key.find(' ');
    const Tensor* tensor = tensor_of(failed.expected, key.substr(0, space), key.substr(space + 1));
    count += tensor == nullptr ? 1 : different_elements(*tensor);
  }
  return count;
}

bool is_informative(const Tensor& tensor) {
  return different_elements(tensor) >= 2;
}

bool try_relation(const FailedCase& failed, const std::vector<FailedTensor>& tensors,
                  const Relation& relation, const VariantTest& test) {
  std::vector<const FailedTensor*> fitting;
  Variant variant{"", failed.item, true};
  variant.item.expected = failed.expected;
  bool informative = false;
  for (const FailedTensor& tensor : tensors) {
    Tensor undone = relation.undo(tensor);
    if (!undone.defined() || undone.shape() != tensor.ours.shape() || !agree(tensor, undone)) {
      continue;
    }
    fitting.push_back(&tensor);
    informative = informative || is_informative(tensor.theirs);
    replace(*variant.item.expected, tensor, std::move(undone));
  }
  if (!informative) return false;
  variant.sentence = sentence_of(fitting, relation.verb);
  return test(std::move(variant));
}

}  // namespace twingrad
