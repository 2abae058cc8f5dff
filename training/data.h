#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/named_tensor.h"

namespace twingrad {

// Examples in arrays: row i of every array belongs to example i.
class DataSet {
 public:
  // Throws Error unless all arrays have a first axis, of one extent.
  explicit DataSet(std::map<std::string, Tensor> arrays);

  const std::map<std::string, Tensor>& arrays() const { return arrays_; }
  int64_t size() const { return size_; }

  // The arrays under other names: new name -> old name. Arrays that are not named are left out.
  // Throws Error for an old name that there is not.
  DataSet renamed(const std::map<std::string, std::string>& names) const;
  // The arrays with the element types that these inputs have: one floating-point type can become
  // another, one integer type int64 or int32. Throws Error, naming the array, for other types.
  DataSet converted(const std::map<std::string, DataType>& types) const;
  // The given rows, in their order. Throws Error for an index out of range.
  std::map<std::string, Tensor> rows(std::span<const int64_t> indices) const;

 private:
  std::map<std::string, Tensor> arrays_;
  int64_t size_ = 0;
};

// The contents of a file for training: the examples, and the indices of those to train on and to
// validate with.
struct TrainingData {
  DataSet examples;
  std::vector<int64_t> train;
  std::vector<int64_t> test;  // may be empty
};

// From arrays of which `train` and `test`, where they are there, are vectors of indices; without
// `train`, everything that is not in `test` is trained on. Throws Error for indices out of range.
TrainingData split_data(const std::vector<NamedTensor>& arrays);
TrainingData read_training_data(const std::string& npz_path);

// Takes this share of the examples to train on, drawn by the seed, out of `data`; what is returned
// has them as its `train`. Throws Error unless the share is between 0 and 1 and leaves examples on
// both sides.
TrainingData take_validation(TrainingData& data, double share, uint64_t seed);

}  // namespace twingrad
