#include <algorithm>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

using Context = const EvaluationContext&;

// What goes into an optional outlives the memory of the tensor that it is made of.
Datum kept(const Datum& datum) {
  return datum.is_tensor() ? Datum(datum.tensor().clone()) : datum;
}

std::vector<Datum> optional(Context c) {
  return {c.has_input(0) ? kept(c.input(0)) : Datum()};
}

std::vector<Datum> get_element(Context c) {
  check(!c.input(0).empty(), "the optional has no value");
  return {kept(c.input(0))};
}

std::vector<Datum> has_element(Context c) {
  return {Tensor::scalar<bool>(c.has_input(0) && !c.input(0).empty())};
}

// Items of one shape share their zeros.
Datum zeros(const Datum& datum, Tensor& last) {
  if (datum.empty()) return {};
  if (datum.is_tensor()) {
    const Tensor& tensor = datum.tensor();
    if (last.type() != tensor.type() || last.shape() != tensor.shape()) {
      last = Tensor::zeros(tensor.type(), tensor.shape());
    }
    return last;
  }
  check(datum.is_sequence(), "there are no zeros of a map");
  Sequence items;
  for (const Datum& item : datum.sequence()) items.push_back(zeros(item, last));
  return Datum(std::move(items));
}

std::vector<Datum> refuse(Context c) {
  fail(c.attributes().text("message"));
}

std::vector<Datum> zeros_like(Context c) {
  Tensor last;
  return {zeros(c.input(0), last)};
}

Datum sum(const Datum& a, const Datum& b) {
  check(a.empty() == b.empty() && a.is_tensor() == b.is_tensor() &&
            a.is_sequence() == b.is_sequence() && !a.is_map(),
        "the cotangents of a value differ in their structure");
  if (a.empty()) return {};
  if (a.is_sequence()) {
    const Sequence& left = a.sequence();
    const Sequence& right = b.sequence();
    check(left.size() == right.size(), "cotangents of sequences of ", left.size(), " and ",
          right.size());
    Sequence items;
    for (size_t i = 0; i < left.size(); ++i) items.push_back(sum(left[i], right[i]));
    return Datum(std::move(items));
  }
  const Tensor& left = a.tensor();
  const Tensor& right = b.tensor();
  check(left.type() == right.type() && left.shape() == right.shape(), "cotangents of shapes ",
        left.shape(), " and ", right.shape());
  Tensor result(left.type(), left.shape());
  dispatch_floats(left.type(), [&]<typename T>() {
    const T* x = left.data<T>();
    const T* y = right.data<T>();
    T* z = result.data<T>();
    for (int64_t i = 0; i < left.element_count(); ++i) z[i] = store<T>(load(x[i]) + load(y[i]));
  });
  return result;
}

std::vector<Datum> accumulate(Context c) {
  return {sum(c.input(0), c.input(1))};
}

std::vector<Datum> join(Context c) {
  Sequence items = c.input(0).sequence();
  const Sequence& more = c.input(1).sequence();
  items.insert(items.end(), more.begin(), more.end());
  return {Datum(std::move(items))};
}

std::vector<Datum> slice(Context c) {
  const Sequence& items = c.input(0).sequence();
  const int64_t start = as_int64(c.tensor(1)).at(0);
  const int64_t count = as_int64(c.tensor(2)).at(0);
  check(start >= 0 && count >= 0 && start <= std::ssize(items) - count, "items ", start, " to ",
        start, " + ", count, " of a sequence of ", items.size());
  const auto first = items.begin() + start;
  return {Datum(Sequence(first, first + count))};
}

}  // namespace

std::vector<KernelRow> reference_nested_value_kernels() {
  return {
      {.op = "Optional", .evaluate = optional},
      {.op = "OptionalGetElement", .evaluate = get_element},
      {.op = "OptionalHasElement", .evaluate = has_element},
      {.op = "Refusal", .domain = kInternalDomain, .evaluate = refuse},
      {.op = "ZerosLike", .domain = kInternalDomain, .evaluate = zeros_like},
      {.op = "Accumulate", .domain = kInternalDomain, .evaluate = accumulate},
      {.op = "SequenceJoin", .domain = kInternalDomain, .evaluate = join},
      {.op = "SequenceSlice", .domain = kInternalDomain, .evaluate = slice},
  };
}

}  // namespace twingrad
