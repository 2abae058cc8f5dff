#include "importers/onnx/tensor_reader.h"

#include <gtest/gtest.h>

#include "importers/expect_error.h"
#include "importers/onnx/unknown_fields.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Proto = onnx::TensorProto;

Proto proto_of(int type, std::initializer_list<int64_t> dims) {
  Proto proto;
  proto.set_name("w");
  proto.set_data_type(type);
  for (const int64_t dim : dims) proto.add_dims(dim);
  return proto;
}

Tensor read(const Proto& proto) {
  return TensorReader(ExternalData(""), 1000).read(proto);
}

void expect_refused_tensor(const Proto& proto, std::string_view text) {
  expect_error([&] { read(proto); }, text);
}

TEST(OnnxTensor, ReadsRawAndTypedFieldsAlike) {
  Proto typed = proto_of(Proto::FLOAT, {2});
  typed.add_float_data(1.5F);
  typed.add_float_data(-0.0F);
  Proto raw = proto_of(Proto::FLOAT, {2});
  const float values[] = {1.5F, -0.0F};
  raw.set_raw_data(values, sizeof values);
  EXPECT_TRUE(identical(read(typed), read(raw)));
}

TEST(OnnxTensor, ReadsEveryTypeOfInt32Data) {
  Proto half = proto_of(Proto::FLOAT16, {1});
  half.add_int32_data(0x3c00);
  EXPECT_EQ(element_as_double(read(half), 0), 1.0);
  Proto brain = proto_of(Proto::BFLOAT16, {1});
  brain.add_int32_data(0x3f80);
  EXPECT_EQ(element_as_double(read(brain), 0), 1.0);
  Proto small = proto_of(Proto::INT8, {2});
  small.add_int32_data(-128);
  small.add_int32_data(127);
  EXPECT_EQ(as_int64(read(small)), (std::vector<int64_t>{-128, 127}));
  Proto flags = proto_of(Proto::BOOL, {2});
  flags.add_int32_data(1);
  flags.add_int32_data(0);
  EXPECT_TRUE(read(flags).data<bool>()[0]);
  Proto nibbles = proto_of(static_cast<int>(DataType::kInt4), {3});
  nibbles.add_int32_data(0xf1);
  nibbles.add_int32_data(0x07);
  EXPECT_EQ(as_int64(read(nibbles)), (std::vector<int64_t>{1, -1, 7}));
  Proto quarters = proto_of(static_cast<int>(DataType::kUint2), {3});
  quarters.add_int32_data(0b100111);
  EXPECT_EQ(as_int64(read(quarters)), (std::vector<int64_t>{3, 1, 2}));
}

// Four to three bytes in raw_data, but one to a number in int32_data.
TEST(OnnxTensor, ReadsSixBitFloats) {
  const int type = static_cast<int>(DataType::kFloat6E2M3);
  Proto raw = proto_of(type, {5});
  Proto typed = proto_of(type, {5});
  for (const int code : {0x08, 0x3f, 0x01, 0x2a, 0x10}) typed.add_int32_data(code);
  // 001000, 111111, 000001, 101010, 010000 from the lowest bits up.
  raw.set_raw_data("\xc8\x1f\xa8\x10");
  EXPECT_TRUE(identical(read(typed), read(raw)));
  EXPECT_EQ(element_as_double(read(raw), 0), 1);
  EXPECT_EQ(element_as_double(read(raw), 1), -7.5);
  raw.set_raw_data("\xc8\x1f\xa8");
  expect_refused_tensor(raw, "takes 4 bytes, there are 3");
  typed.set_int32_data(0, 0x40);
  expect_refused_tensor(typed, "element 0 is 64, expected 0 to 63");
  typed.set_int32_data(0, 0);
  typed.add_int32_data(0);
  expect_refused_tensor(typed, "takes 5 numbers, there are 6");
}

TEST(OnnxTensor, ReadsTheOtherFields) {
  Proto wide = proto_of(Proto::UINT32, {1});
  wide.add_uint64_data(4'000'000'000);
  EXPECT_EQ(read(wide).data<uint32_t>()[0], 4'000'000'000);
  Proto complex = proto_of(Proto::COMPLEX128, {1});
  complex.add_double_data(1);
  complex.add_double_data(-2);
  EXPECT_EQ(read(complex).data<std::complex<double>>()[0], std::complex<double>(1, -2));
  Proto text = proto_of(Proto::STRING, {1});
  text.add_string_data(std::string("a\0b", 3));
  EXPECT_EQ(read(text).strings()[0].size(), 3U);
  EXPECT_EQ(read(proto_of(Proto::FLOAT, {0, 5})).element_count(), 0);
}

TEST(OnnxTensor, RefusesShapesThatCannotBe) {
  expect_refused_tensor(proto_of(Proto::FLOAT, {2, -5}), "tensor 'w': negative dimension -5");
  expect_refused_tensor(proto_of(Proto::FLOAT, {int64_t{1} << 32, int64_t{1} << 32}), "tensor 'w'");
  expect_refused_tensor(proto_of(Proto::FLOAT, {std::numeric_limits<int64_t>::max()}),
                        "tensor 'w'");
  Proto deep = proto_of(Proto::FLOAT, {});
  for (int i = 0; i < 65; ++i) deep.add_dims(1);
  expect_refused_tensor(deep, "rank 65 exceeds the limit of 64");
}

TEST(OnnxTensor, RefusesLengthsThatDoNotFit) {
  Proto raw = proto_of(Proto::FLOAT, {2});
  for (const size_t length : {4U, 7U, 12U}) {
    raw.set_raw_data(std::string(length, 'x'));
    expect_refused_tensor(raw, "float[2] takes 8 bytes");
  }
  Proto typed = proto_of(Proto::DOUBLE, {2});
  expect_refused_tensor(typed, "double[2] takes 16 bytes, there are 0");
  Proto nibbles = proto_of(static_cast<int>(DataType::kInt4), {700'000'000});
  nibbles.set_raw_data("x");
  expect_refused_tensor(nibbles, "there are 1");
  Proto text = proto_of(Proto::STRING, {2});
  text.add_string_data("one");
  expect_refused_tensor(text, "takes 2 strings, there are 1");
}

TEST(OnnxTensor, RefusesPayloadsOfAnotherKind) {
  Proto both = proto_of(Proto::FLOAT, {1});
  both.add_float_data(1);
  both.set_raw_data("abcd");
  expect_refused_tensor(both, "elements both in raw_data and in float_data");
  Proto other = proto_of(Proto::INT64, {1});
  other.add_int32_data(1);
  expect_refused_tensor(other, "elements of int64 in int32_data, expected int64_data");
  Proto text = proto_of(Proto::STRING, {1});
  text.set_raw_data("abcd");
  expect_refused_tensor(text, "strings cannot be raw_data");
  Proto segment = proto_of(Proto::FLOAT, {});
  segment.mutable_segment()->set_begin(0);
  expect_refused_tensor(segment, "segments are not supported");
}

TEST(OnnxTensor, RefusesElementsBeyondTheirType) {
  Proto wide = proto_of(Proto::UINT8, {2});
  wide.add_int32_data(255);
  wide.add_int32_data(256);
  expect_refused_tensor(wide, "element 1 is 256, expected 0 to 255");
  Proto flag = proto_of(Proto::BOOL, {1});
  flag.set_raw_data("\x02");
  expect_refused_tensor(flag, "bool");
}

TEST(OnnxTensor, RefusesUnknownTypes) {
  expect_refused_tensor(proto_of(0, {}), "element type 0 is not known");
  expect_refused_tensor(proto_of(99, {}), "element type 99 is not known");
  Proto place = proto_of(Proto::FLOAT, {});
  place.GetReflection()->MutableUnknownFields(&place)->AddVarint(14, 7);
  expect_refused_tensor(place, "data_location");
}

onnx::SparseTensorProto sparse(std::initializer_list<int64_t> indices) {
  onnx::SparseTensorProto proto;
  proto.add_dims(2);
  proto.add_dims(3);
  *proto.mutable_values() = proto_of(Proto::FLOAT, {static_cast<int64_t>(indices.size())});
  *proto.mutable_indices() = proto_of(Proto::INT64, {static_cast<int64_t>(indices.size())});
  for (const int64_t index : indices) {
    proto.mutable_values()->add_float_data(static_cast<float>(index));
    proto.mutable_indices()->add_int64_data(index);
  }
  return proto;
}

TEST(OnnxTensor, WritesSparseTensorsOut) {
  TensorReader reader(ExternalData(""), 1000);
  const Tensor dense = to_dense(reader.read(sparse({1, 5})));
  EXPECT_EQ(dense.shape(), (Shape{2, 3}));
  EXPECT_EQ(dense.values<float>()[5], 5.0F);
  EXPECT_EQ(dense.values<float>()[0], 0.0F);
}

TEST(OnnxTensor, RefusesSparseTensorsThatAreNot) {
  const auto refused = [](const onnx::SparseTensorProto& proto, std::string_view text) {
    expect_error([&] { TensorReader(ExternalData(""), 1000).read(proto); }, text);
  };
  refused(sparse({6}), "sparse index 6 is out of range for shape [2,3]");
  refused(sparse({-1}), "sparse index -1 is out of range");
  refused(sparse({3, 2}), "not in ascending order");
  auto length = sparse({1, 2});
  length.mutable_indices()->set_dims(0, 1);
  length.mutable_indices()->mutable_int64_data()->RemoveLast();
  refused(length, "indices of shape [1] for 2 values");
  auto outside = sparse({1});
  outside.mutable_values()->set_data_location(Proto::EXTERNAL);
  refused(outside, "external data inside of a sparse tensor");
  auto huge = sparse({1});
  huge.set_dims(0, int64_t{1} << 40);
  refused(huge, "is too large for a file of this size");
  refused({}, "sparse tensor without values");
}

}  // namespace
}  // namespace twingrad
