#include "importers/onnx/external_data.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>

#include "importers/expect_error.h"
#include "importers/onnx/onnx.h"
#include "ir/error.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

using Proto = onnx::TensorProto;
using Entries = std::vector<std::pair<std::string, std::string>>;

Proto external(const Entries& entries) {
  Proto proto;
  proto.set_name("w");
  proto.set_data_type(Proto::FLOAT);
  proto.add_dims(2);
  proto.set_data_location(Proto::EXTERNAL);
  for (const auto& [key, value] : entries) {
    auto* entry = proto.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  return proto;
}

class OnnxExternalData : public testing::Test {
 protected:
  Tensor read(const Entries& entries) {
    return ExternalData(folder_.path()).read(external(entries), DataType::kFloat, Shape{2});
  }
  void refused(const Entries& entries, std::string_view text) {
    expect_error([&] { read(entries); }, text);
  }
  void refused_location(const std::string& location) {
    refused({{"location", location}, {"length", "8"}}, "");
  }

  TestFolder folder_;
};

TEST_F(OnnxExternalData, ReadsARange) {
  const float values[] = {1, 2, 3};
  folder_.write("w.bin", {reinterpret_cast<const char*>(values), sizeof values});
  const Tensor tensor = read({{"location", "w.bin"}, {"offset", "4"}, {"length", "8"}});
  EXPECT_EQ(tensor.values<float>()[1], 3.0F);
  std::filesystem::create_directory(folder_.path("sub"));
  read({{"location", "sub/../w.bin"}, {"length", "8"}, {"checksum", "0"}});
}

TEST_F(OnnxExternalData, RefusesPathsOutOfTheFolder) {
  folder_.write("model/w.bin", "12345678");
  folder_.write("secret", "12345678");
  std::filesystem::create_symlink("../secret", folder_.path("model/link"));
  std::filesystem::create_directory_symlink("..", folder_.path("model/up"));
  std::filesystem::create_hard_link(folder_.path("secret"), folder_.path("model/hard"));
  ASSERT_EQ(mkfifo(folder_.path("model/pipe").c_str(), 0600), 0);
  ExternalData data(folder_.path("model"));
  for (const std::string& location :
       {folder_.path("secret"), std::string("../secret"), std::string("a/../../secret"),
        std::string("C:\\secret"), std::string("\\\\server\\secret"), std::string("file:///secret"),
        std::string(), std::string("."), std::string("w.bin\0x", 7), std::string("w.bin/"),
        std::string(4 << 20, 'a'), std::string("\xff\xfe"), std::string("link"),
        std::string("up/secret"), std::string("hard"), std::string("pipe"),
        std::string("/dev/zero"), std::string("/proc/self/mem"),
        std::string("*/_ORT_MEM_ADDR_/*")}) {
    expect_error(
        [&] {
          data.read(external({{"location", location}, {"length", "8"}}), DataType::kFloat,
                    Shape{2});
        },
        "");
  }
}

TEST_F(OnnxExternalData, RefusesTheModelItself) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(21);
  *model.mutable_graph()->add_initializer() =
      external({{"location", "model.onnx"}, {"offset", "0"}, {"length", "8"}});
  const std::string bytes = model.SerializeAsString();
  const auto path = folder_.write("model.onnx", bytes);
  expect_error([&] { import_onnx(std::filesystem::path(path)); }, "is the model itself");
  expect_error([&] { import_onnx(std::as_bytes(std::span(bytes))); },
               "of a model that was not read from a folder");
}

TEST_F(OnnxExternalData, RefusesKeysAndNumbersThatItDoesNotKnow) {
  folder_.write("w.bin", "12345678");
  const std::pair<std::string, std::string> location{"location", "w.bin"};
  refused({location, location, {"length", "8"}}, "key 'location' is given twice");
  refused({location, {"length", "8"}, {"__class__", "x"}}, "unknown key '__class__'");
  refused({location, {"length", "8"}, {"basepath", "/"}}, "unknown key 'basepath'");
  refused({location}, "without a length");
  refused({{"length", "8"}}, "without a location");
  for (const std::string& number :
       {std::string("-1"), std::string("1e3"), std::string(" 12"), std::string("0x10"),
        std::string("1000000000000000000000000000000"), std::string()}) {
    refused({location, {"length", "8"}, {"offset", number}}, "expected a decimal number");
    refused({location, {"length", number}}, "expected a decimal number");
  }
}

TEST_F(OnnxExternalData, RefusesRangesBeyondTheFileAndOtherLengths) {
  folder_.write("w.bin", "12345678");
  const std::pair<std::string, std::string> location{"location", "w.bin"};
  refused({location, {"offset", "1"}, {"length", "8"}}, "beyond the end");
  refused({location, {"offset", "18446744073709551615"}, {"length", "8"}}, "beyond the end");
  refused({location, {"length", "4"}}, "takes 8 bytes, there are 4");
  refused({location, {"length", "18446744073709551615"}}, "external data 'w.bin'");
}

TEST_F(OnnxExternalData, LimitsWhatManyTensorsReferTo) {
  folder_.write("w.bin", "12345678");
  ExternalData data(folder_.path());
  const Proto proto = external({{"location", "w.bin"}, {"length", "8"}});
  data.read(proto, DataType::kFloat, Shape{2});
  data.read(proto, DataType::kFloat, Shape{2});
  expect_error([&] { data.read(proto, DataType::kFloat, Shape{2}); },
               "more than twice the 8 bytes");
}

// A float tensor of kLeastMapped bytes that starts at `offset` of a file with bytes in order.
class LargeTensor : public OnnxExternalData {
 protected:
  Tensor read_at(size_t offset) {
    std::string bytes;
    for (size_t i = 0; i < offset + kLeastMapped; ++i) bytes += static_cast<char>(i % 251);
    folder_.write("w.bin", bytes);
    const auto count = static_cast<int64_t>(kLeastMapped / sizeof(float));
    Tensor tensor = ExternalData(folder_.path())
                        .read(external({{"location", "w.bin"},
                                        {"offset", std::to_string(offset)},
                                        {"length", std::to_string(kLeastMapped)}}),
                              DataType::kFloat, Shape{count});
    EXPECT_EQ(std::memcmp(tensor.raw(), bytes.data() + offset, kLeastMapped), 0);
    return tensor;
  }
  size_t place_in_page(const Tensor& tensor) const {
    return reinterpret_cast<uintptr_t>(tensor.raw()) % 4096;
  }
};

TEST_F(LargeTensor, IsMappedAndKeepsItsFileOpen) {
  Tensor tensor = read_at(12);
  EXPECT_EQ(place_in_page(tensor), 12U);
  std::filesystem::remove(folder_.path("w.bin"));
  EXPECT_EQ(tensor.data<std::byte>()[1], std::byte{13});
}

TEST_F(LargeTensor, LeavesItsFileAloneWhenWrittenTo) {
  Tensor tensor = read_at(0);
  EXPECT_EQ(place_in_page(tensor), 0U);
  tensor.data<float>()[0] = -1;
  EXPECT_EQ(folder_.read("w.bin")[1], 1);
}

TEST_F(LargeTensor, IsCopiedWhereItsElementsAreNotAligned) {
  const Tensor tensor = read_at(3);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.raw()) % alignof(float), 0U);
}

}  // namespace
}  // namespace twingrad
