#include "training/data.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "importers/npz.h"
#include "ir/error.h"
#include "ir/random.h"

namespace twingrad {
namespace {

// Streams below are those of the epochs' orders.
constexpr uint64_t kValidationStream = uint64_t{1} << 63;

bool can_become(DataType from, DataType to) {
  if (is_floating_point(from)) return is_floating_point(to);
  return is_integer(from) && kIndexTypes.contains(to);
}

Tensor converted_tensor(const std::string& name, const Tensor& tensor, DataType type) {
  if (tensor.type() == type) return tensor;
  check(can_become(tensor.type(), type), "array ", quoted_name(name), " holds ",
        data_type_name(tensor.type()), ", expected ", data_type_name(type));
  Tensor result(type, tensor.shape());
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    set_element(result, i, element_as_double(tensor, i));
  }
  return result;
}

Tensor gathered(const Tensor& source, std::span<const int64_t> indices) {
  Shape shape = source.shape();
  shape[0] = static_cast<int64_t>(indices.size());
  Tensor result(source.type(), shape);
  const size_t row =
      static_cast<size_t>(shape.product(1, shape.rank())) * element_size(source.type());
  if (row == 0) return result;
  const std::byte* from = source.bytes().data();
  auto* to = result.data<std::byte>();
  for (const int64_t index : indices) {
    std::memcpy(to, from + static_cast<size_t>(index) * row, row);
    to += row;
  }
  return result;
}

void check_indices(std::span<const int64_t> indices, int64_t size) {
  for (const int64_t index : indices) {
    check(index >= 0 && index < size, "index ", index, " is not in [0, ", size, ")");
  }
}

std::vector<int64_t> index_array(const Tensor& tensor, std::string_view name, int64_t size) {
  check(tensor.rank() == 1 && is_integer(tensor.type()), "array ", quoted_name(name),
        " must be a vector of indices, it is ", data_type_name(tensor.type()), tensor.shape());
  std::vector<int64_t> indices = as_int64(tensor);
  check_indices(indices, size);
  return indices;
}

std::vector<int64_t> others(int64_t size, const std::vector<int64_t>& taken) {
  std::vector<bool> is_taken(static_cast<size_t>(size), false);
  for (const int64_t index : taken) is_taken[static_cast<size_t>(index)] = true;
  std::vector<int64_t> result;
  for (int64_t i = 0; i < size; ++i) {
    if (!is_taken[static_cast<size_t>(i)]) result.push_back(i);
  }
  return result;
}

}  // namespace

DataSet::DataSet(std::map<std::string, Tensor> arrays) : arrays_(std::move(arrays)) {
  check(!arrays_.empty(), "there are no arrays");
  const std::string& first = arrays_.begin()->first;
  for (const auto& [name, tensor] : arrays_) {
    check(tensor.rank() > 0, "array ", quoted_name(name),
          " is a scalar, expected a row an example");
    check(tensor.type() != DataType::kString, "array ", quoted_name(name), " holds strings");
    if (name == first) size_ = tensor.shape()[0];
    check(tensor.shape()[0] == size_, "array ", quoted_name(name), " has ", tensor.shape()[0],
          " rows, array ", quoted_name(first), " has ", size_);
  }
}

DataSet DataSet::renamed(const std::map<std::string, std::string>& names) const {
  std::map<std::string, Tensor> result;
  for (const auto& [name, old] : names) {
    const auto found = arrays_.find(old);
    check(found != arrays_.end(), "there is no array ", quoted_name(old));
    result.emplace(name, found->second);
  }
  return DataSet(std::move(result));
}

DataSet DataSet::converted(const std::map<std::string, DataType>& types) const {
  std::map<std::string, Tensor> result;
  for (const auto& [name, tensor] : arrays_) {
    const auto type = types.find(name);
    result.emplace(name,
                   type == types.end() ? tensor : converted_tensor(name, tensor, type->second));
  }
  return DataSet(std::move(result));
}

std::map<std::string, Tensor> DataSet::rows(std::span<const int64_t> indices) const {
  check_indices(indices, size_);
  std::map<std::string, Tensor> result;
  for (const auto& [name, tensor] : arrays_) result.emplace(name, gathered(tensor, indices));
  return result;
}

TrainingData split_data(const std::vector<NamedTensor>& arrays) {
  std::map<std::string, Tensor> examples;
  const Tensor* train = nullptr;
  const Tensor* test = nullptr;
  for (const NamedTensor& array : arrays) {
    if (array.name == "train") {
      train = &array.tensor;
    } else if (array.name == "test") {
      test = &array.tensor;
    } else {
      examples.emplace(array.name, array.tensor);
    }
  }
  TrainingData data{DataSet(std::move(examples)), {}, {}};
  const int64_t size = data.examples.size();
  if (test != nullptr) data.test = index_array(*test, "test", size);
  data.train = train != nullptr ? index_array(*train, "train", size) : others(size, data.test);
  check(!data.train.empty(), "there is no example to train on");
  return data;
}

TrainingData read_training_data(const std::string& npz_path) {
  const std::vector<NamedTensor> arrays = read_npz_file(npz_path);
  try {
    return split_data(arrays);
  } catch (const Error& error) {
    throw error.at(npz_path);
  }
}

TrainingData take_validation(TrainingData& data, double share, uint64_t seed) {
  check(share > 0 && share < 1, "the share to validate with must be between 0 and 1, got ", share);
  std::vector<int64_t> drawn = data.train;
  shuffle(drawn, RandomStream(seed, kValidationStream));
  const auto count = static_cast<size_t>(std::llround(share * static_cast<double>(drawn.size())));
  check(count > 0 && count < drawn.size(), "a share of ", share, " of ", drawn.size(),
        " examples leaves none to train on or to validate with");
  drawn.resize(count);
  std::ranges::sort(drawn);
  std::erase_if(data.train,
                [&](int64_t index) { return std::ranges::binary_search(drawn, index); });
  return {data.examples, std::move(drawn), {}};
}

}  // namespace twingrad
