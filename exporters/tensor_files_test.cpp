#include <gtest/gtest.h>

#include "exporters/npy.h"
#include "exporters/npz.h"
#include "exporters/safetensors.h"
#include "exporters/stored_bytes.h"
#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

// The bytes that NumPy and the safetensors package write for the same arrays.

TEST(NpyWriter, WritesTheBytesOfNumpy) {
  const TestFolder folder;
  write_npy(folder.path("a.npy"), Tensor::of<float>({2, 1}, {1.0F, -2.0F}));
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
  EXPECT_EQ(folder.read("a.npy"), std::string("\x93NUMPY\x01\x00v\x00", 10) + header +
                                      std::string(117 - header.size(), ' ') + '\n' +
                                      std::string("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8));
  write_npy(folder.path("scalar.npy"), Tensor::scalar(int8_t{7}));
  EXPECT_NE(
      folder.read("scalar.npy").find("'descr': '|i1', 'fortran_order': False, 'shape': (), }"),
      std::string::npos);
  write_npy(folder.path("vector.npy"), Tensor::zeros(DataType::kComplex128, {0}));
  EXPECT_NE(folder.read("vector.npy").find("'shape': (0,), }"), std::string::npos);
  EXPECT_EQ(folder.read("vector.npy").size(), 128);
}

TEST(NpyWriter, TypesThatNumpyDoesNotHaveAreUnsupported) {
  const TestFolder folder;
  for (const DataType type : {DataType::kBfloat16, DataType::kFloat8E5M2, DataType::kInt4}) {
    try {
      write_npy(folder.path("a.npy"), Tensor::zeros(type, {1}));
      ADD_FAILURE() << data_type_name(type);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(NpzWriter, TheSameTensorsAreTheSameBytes) {
  const TestFolder folder;
  const std::vector<NamedTensor> tensors = {{"b/w", Tensor::of<double>({1}, {1.5})},
                                            {"\u00e9", Tensor::zeros(DataType::kInt64, {0, 2})}};
  write_npz(folder.path("one.npz"), tensors);
  write_npz(folder.path("two.npz"), tensors);
  EXPECT_EQ(folder.read("one.npz"), folder.read("two.npz"));
  EXPECT_EQ(folder.read("one.npz").substr(0, 4), "PK\x03\x04");
}

TEST(NpzWriter, NamesThatReadersWouldRefuseAreErrors) {
  const TestFolder folder;
  const Tensor tensor = Tensor::scalar(1.0F);
  for (const char* name : {"", "/conv/out", "../x", "a/../../x", "a\\b", "C:x", "a\nb"}) {
    const std::vector<NamedTensor> tensors = {{name, tensor}};
    EXPECT_THROW(write_npz(folder.path("a.npz"), tensors), Error) << name;
  }
  const std::vector<NamedTensor> twice = {{"a", tensor}, {"a", tensor}};
  EXPECT_THROW(write_npz(folder.path("a.npz"), twice), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SafetensorsWriter, WritesWideElementsFirstAndPadsTheHeader) {
  const TestFolder folder;
  const std::vector<NamedTensor> tensors = {{"z", Tensor::of<uint8_t>({2}, {1, 2})},
                                            {"b", Tensor::of<float>({}, {1.0F})},
                                            {"a", Tensor::of<float>({1}, {-2.0F})}};
  write_safetensors(folder.path("t.safetensors"), tensors, {{"k", "v"}});
  const std::string header =
      R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
      R"("b":{"dtype":"F32","shape":[],"data_offsets":[4,8]},)"
      R"("z":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(folder.read("t.safetensors"),
            std::string(1, static_cast<char>(padded.size())) + std::string(7, '\0') + padded +
                std::string("\x00\x00\x00\xc0\x00\x00\x80\x3f\x01\x02", 10));
}

TEST(SafetensorsWriter, WhatTheFormatCannotHoldIsAnError) {
  const TestFolder folder;
  const auto write = [&](const std::string& name, const Tensor& tensor) {
    const std::vector<NamedTensor> tensors = {{name, tensor}};
    write_safetensors(folder.path("t.safetensors"), tensors);
  };
  EXPECT_THROW(write("__metadata__", Tensor::scalar(1.0F)), Error);
  EXPECT_THROW(write("\xff", Tensor::scalar(1.0F)), Error);
  EXPECT_THROW(write("odd", Tensor::zeros(DataType::kFloat4E2M1, {3})), Error);
  EXPECT_THROW(write("a", Tensor::zeros(DataType::kComplex128, {1})), Error);
  EXPECT_THROW(write("a", Tensor::of_strings({1}, {"text"})), Error);
  const std::vector<NamedTensor> twice(2, {"a", Tensor::scalar(1.0F)});
  EXPECT_THROW(write_safetensors(folder.path("t.safetensors"), twice), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(StoredBytes, PacksFromTheLowBitsUp) {
  const auto packed = [](DataType type, std::initializer_list<double> values) {
    Tensor tensor(type, {static_cast<int64_t>(values.size())});
    int64_t index = 0;
    for (const double value : values) set_element(tensor, index++, value);
    std::vector<int> bytes;
    for (const std::byte byte : stored_bytes(tensor)) bytes.push_back(std::to_integer<int>(byte));
    return bytes;
  };
  EXPECT_EQ(packed(DataType::kInt4, {1, -1, -8}), (std::vector<int>{0xf1, 0x08}));
  EXPECT_EQ(packed(DataType::kUint2, {1, 2, 3, 0, 1}), (std::vector<int>{0x39, 0x01}));
  EXPECT_EQ(packed(DataType::kInt16, {-2}), (std::vector<int>{0xfe, 0xff}));
}

}  // namespace
}  // namespace twingrad
