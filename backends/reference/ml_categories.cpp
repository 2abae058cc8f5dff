#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"
#include "ir/domains.h"

namespace twingrad {
namespace {

// The place of element i among the categories; their number where it is none of them. Floats are
// categories by their integer part.
int64_t category_of(const Tensor& x, int64_t i, const Attributes& attributes, int64_t count) {
  if (x.type() == DataType::kString) {
    const auto& names = attributes.get<std::vector<std::string>>("cats_strings");
    return std::ranges::find(names, x.strings()[static_cast<size_t>(i)]) - names.begin();
  }
  const auto& numbers = attributes.integers("cats_int64s");
  const double value = element_as_double(x, i);
  if (!(std::fabs(value) < 9e18)) return count;
  const int64_t number =
      x.type() == DataType::kInt64 ? x.data<int64_t>()[i] : static_cast<int64_t>(value);
  return std::ranges::find(numbers, number) - numbers.begin();
}

void one_hot_encoder(const KernelContext& context) {
  const Tensor& x = context.input(0);
  Tensor& y = context.output();
  const int64_t count = y.shape()[y.rank() - 1];
  std::ranges::fill(y.values<float>(), 0.0F);
  for (int64_t i = 0; i < x.element_count(); ++i) {
    const int64_t place = category_of(x, i, context.attributes(), count);
    if (place < count) y.data<float>()[i * count + place] = 1;
    check(place < count || context.attributes().flag("zeros"), "element ", i,
          " of the input is none of the categories, and 'zeros' is 0");
  }
}

double number_of(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  check(problem == std::errc() && stop == end, "the text ", quoted_name(text), " is no number");
  return value;
}

// Six digits behind the point, as in C's "%f", which onnxruntime writes.
std::string text_of(double value) {
  return std::to_string(value);
}

void put(Tensor& to, int64_t place, const Tensor& from) {
  const bool text = from.type() == DataType::kString;
  if (to.type() == DataType::kString) {
    to.strings()[static_cast<size_t>(place)] =
        text ? from.strings()[0] : text_of(element_as_double(from, 0));
    return;
  }
  const double value = text ? number_of(from.strings()[0]) : element_as_double(from, 0);
  check(to.type() != DataType::kInt64 || std::fabs(value) < 9e18, value, " is no int64");
  set_element(to, place, to.type() == DataType::kInt64 ? std::trunc(value) : value);
}

DataType cast_type(const std::string& name) {
  if (name == "TO_FLOAT") return DataType::kFloat;
  return name == "TO_STRING" ? DataType::kString : DataType::kInt64;
}

// The values in the order of their keys, or each at the place that its key is.
std::vector<Datum> cast_map(const EvaluationContext& context) {
  const MapDatum& map = context.input(0).map();
  const std::vector<int64_t> keys = as_int64(map.keys);
  const bool sparse = context.attributes().text("map_form") == "SPARSE";
  const int64_t count =
      sparse ? context.attributes().integer("max_map") : static_cast<int64_t>(keys.size());
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return keys[i]; });
  const DataType type = cast_type(context.attributes().text("cast_to"));
  Tensor y = type == DataType::kString ? Tensor(type, {1, count}) : Tensor::zeros(type, {1, count});
  int64_t next = 0;
  for (const size_t i : order) {
    const int64_t place = sparse ? keys[i] : next++;
    check(place >= 0 && place < count, "the map has the key ", keys[i], ", 'max_map' is ", count);
    put(y, place, (*map.values)[i].tensor());
  }
  return {Datum(std::move(y))};
}

// The values of the words in the order of the vocabulary, nothing for those that are not there.
std::vector<Datum> dict_vectorizer(const EvaluationContext& context) {
  const MapDatum& map = context.input(0).map();
  const bool texts = map.keys.type() == DataType::kString;
  std::map<std::string, size_t> places;
  const auto key = [&](int64_t i) {
    return texts ? map.keys.strings()[static_cast<size_t>(i)]
                 : std::to_string(map.keys.data<int64_t>()[i]);
  };
  for (int64_t i = 0; i < map.keys.element_count(); ++i) places[key(i)] = static_cast<size_t>(i);
  std::vector<std::string> words;
  if (texts) {
    words = context.attributes().get<std::vector<std::string>>("string_vocabulary");
  } else {
    for (const int64_t word : context.attributes().integers("int64_vocabulary")) {
      words.push_back(std::to_string(word));
    }
  }
  const DataType type = map.values->empty() ? DataType::kFloat : (*map.values)[0].tensor().type();
  const Shape shape{1, static_cast<int64_t>(words.size())};
  Tensor y = type == DataType::kString ? Tensor(type, shape) : Tensor::zeros(type, shape);
  for (size_t i = 0; i < words.size(); ++i) {
    const auto found = places.find(words[i]);
    if (found != places.end()) {
      put(y, static_cast<int64_t>(i), (*map.values)[found->second].tensor());
    }
  }
  return {Datum(std::move(y))};
}

}  // namespace

std::vector<KernelRow> reference_ml_category_kernels() {
  return {
      {.op = "OneHotEncoder", .run = one_hot_encoder, .domain = kMlDomain},
      {.op = "CastMap", .domain = kMlDomain, .evaluate = cast_map},
      {.op = "DictVectorizer", .domain = kMlDomain, .evaluate = dict_vectorizer},
  };
}

}  // namespace twingrad
