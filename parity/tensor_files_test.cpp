#include <gtest/gtest.h>

#include <algorithm>

#include "exporters/npy.h"
#include "exporters/npz.h"
#include "exporters/safetensors.h"
#include "importers/npy.h"
#include "importers/npz.h"
#include "importers/safetensors.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

// Readers and writers of tensor files know nothing of each other; here they meet.

const TypeSet kNumpyTypes = kIntegerTypes | kBoolType | kComplexTypes |
                            TypeSet{DataType::kFloat16, DataType::kFloat, DataType::kDouble};

// One tensor of every type of `types`, with other values in every element, and some odd shapes.
std::vector<NamedTensor> tensors_of(TypeSet types) {
  std::vector<NamedTensor> tensors;
  for (int number = 1; number < kDataTypeCount; ++number) {
    const auto type = static_cast<DataType>(number);
    if (!types.contains(type)) continue;
    const std::string name(data_type_name(type));
    Tensor matrix = Tensor::zeros(type, {3, 2});
    for (int64_t i = 0; i < 6; ++i) set_element(matrix, i, static_cast<double>(i));
    tensors.push_back({name + "/matrix", matrix});
    tensors.push_back({name + "/empty", Tensor::zeros(type, {0, 4})});
    if (stored_bits(type) >= 8) tensors.push_back({name, Tensor::filled(type, {}, 1.0)});
  }
  return tensors;
}

void expect_same(const std::vector<NamedTensor>& read, const std::vector<NamedTensor>& written) {
  ASSERT_EQ(read.size(), written.size());
  for (const NamedTensor& expected : written) {
    const auto found = std::ranges::find(read, expected.name, &NamedTensor::name);
    ASSERT_NE(found, read.end()) << expected.name;
    EXPECT_TRUE(identical(found->tensor, expected.tensor)) << expected.name;
  }
}

TEST(TensorFiles, NpyHoldsEveryTypeOfNumpyBitForBit) {
  const TestFolder folder;
  for (const NamedTensor& entry : tensors_of(kNumpyTypes)) {
    write_npy(folder.path("t.npy"), entry.tensor);
    EXPECT_TRUE(identical(read_npy_file(folder.path("t.npy")), entry.tensor)) << entry.name;
  }
}

TEST(TensorFiles, NpzKeepsTensorsAndTheirOrder) {
  const TestFolder folder;
  const auto written = tensors_of(kNumpyTypes);
  write_npz(folder.path("t.npz"), written);
  const auto read = read_npz_file(folder.path("t.npz"));
  expect_same(read, written);
  for (size_t i = 0; i < written.size(); ++i) EXPECT_EQ(read[i].name, written[i].name);
  write_npz(folder.path("empty.npz"), {});
  EXPECT_TRUE(read_npz_file(folder.path("empty.npz")).empty());
}

TEST(TensorFiles, SafetensorsHoldsEveryTypeOfTheFormatBitForBit) {
  const TestFolder folder;
  const TypeSet types = kNumericTypes | kFloat8Types | kBoolType |
                        TypeSet{DataType::kComplex64, DataType::kFloat4E2M1};
  const auto written = tensors_of(types);
  write_safetensors(folder.path("t.safetensors"), written, {{"made", "by a \"test\""}});
  expect_same(read_safetensors_file(folder.path("t.safetensors")), written);
  write_safetensors(folder.path("empty.safetensors"), {});
  EXPECT_TRUE(read_safetensors_file(folder.path("empty.safetensors")).empty());
}

TEST(TensorFiles, NamesWithLineEndsAndQuotesSurviveInSafetensors) {
  const TestFolder folder;
  const std::vector<NamedTensor> written = {{"/conv\n\"1\"\\\u00e9", Tensor::scalar(1.0F)},
                                            {"", Tensor::scalar(2.0F)}};
  write_safetensors(folder.path("t.safetensors"), written);
  expect_same(read_safetensors_file(folder.path("t.safetensors")), written);
}

}  // namespace
}  // namespace twingrad
