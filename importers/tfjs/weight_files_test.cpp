#include "importers/tfjs/weight_files.h"

#include <unistd.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "importers/tfjs/model_for_tests.h"

namespace twingrad {
namespace {

Tensor weight_of(const TestFolder& folder, const std::string& manifest, std::string_view name) {
  const JsonDocument document = JsonDocument::parse(manifest);
  const WeightFiles files(document.root(), Folder(folder.path()));
  const WeightEntry* entry = files.find(name);
  if (entry == nullptr) fail("no entry");
  return files.read(*entry);
}

std::string group(const std::string& weights, const std::string& paths = R"("w.bin")") {
  return R"([{"paths": [)" + paths + R"(], "weights": [)" + weights + "]}]";
}

Tensor read_weight(const std::string& shard, const std::string& weight) {
  const TestFolder folder;
  folder.write("w.bin", shard);
  return weight_of(folder, group(weight), "w");
}

void expect_refused_weight(const std::string& shard, const std::string& weight,
                           std::string_view error) {
  expect_error([&] { (void)read_weight(shard, weight); }, error);
}

TEST(WeightFiles, ReadTensorsThatLieOverTheEdgesOfShards) {
  const TestFolder folder;
  const std::string bytes = floats({1, 2, 3});
  folder.write("a.bin", bytes.substr(0, 6));
  folder.write("b", bytes.substr(6, 1));
  folder.write("empty", "");
  folder.write("c.bin", bytes.substr(7));
  const std::string manifest = group(R"({"name": "v", "shape": [1], "dtype": "float32"},
               {"name": "w", "shape": [2], "dtype": "float32"})",
                                     R"("./a.bin", "b", "empty", "c.bin")");
  EXPECT_TRUE(identical(weight_of(folder, manifest, "w"), Tensor::of<float>({2}, {2, 3})));
}

TEST(WeightFiles, ReadEveryType) {
  EXPECT_TRUE(identical(read_weight(std::string("\xfe\xff\xff\xff", 4),
                                    R"({"name": "w", "shape": [], "dtype": "int32"})"),
                        Tensor::scalar<int32_t>(-2)));
  EXPECT_TRUE(identical(
      read_weight(std::string("\x01\x00", 2), R"({"name": "w", "shape": [2], "dtype": "bool"})"),
      Tensor::of<bool>({2}, {true, false})));
  const Tensor text = read_weight(std::string("\x02\x00\x00\x00hi\x00\x00\x00\x00", 10),
                                  R"({"name": "w", "shape": [2], "dtype": "string"})");
  EXPECT_EQ(text.strings()[0], "hi");
  EXPECT_EQ(text.strings()[1], "");
}

TEST(WeightFiles, ComputeQuantizedNumbersInDoubleAndRoundOnce) {
  const Tensor w = read_weight("\x03\xff", R"({"name": "w", "shape": [2], "dtype": "float32",
      "quantization": {"dtype": "uint8", "scale": 0.1, "min": -0.7}})");
  EXPECT_EQ(w.values<float>()[0], static_cast<float>(3 * 0.1 + -0.7));
  EXPECT_EQ(w.values<float>()[1], static_cast<float>(255 * 0.1 + -0.7));
  const Tensor i = read_weight(std::string("\x05\x00\x00\x01", 4), R"({"name": "w", "shape": [2],
      "dtype": "int32", "quantization": {"dtype": "uint16", "scale": 0.5, "min": 1}})");
  EXPECT_TRUE(identical(i, Tensor::of<int32_t>({2}, {4, 129})));
}

TEST(WeightFiles, WidenHalves) {
  const Tensor w = read_weight(std::string("\x00\x3e\x00\x7c", 4), R"({"name": "w", "shape": [2],
      "dtype": "float32", "quantization": {"dtype": "float16"}})");
  EXPECT_EQ(w.values<float>()[0], 1.5F);
  EXPECT_EQ(w.values<float>()[1], std::numeric_limits<float>::infinity());
}

TEST(WeightFiles, RefuseBytesThatDoNotFitTheWeights) {
  const std::string two = R"({"name": "w", "shape": [2], "dtype": "float32"})";
  expect_refused_weight(floats({1}), two, "takes more bytes than the shards have");
  expect_refused_weight(floats({1, 2}) + "x", two, "$[0]: expected 8 bytes, the shards have 9");
  expect_refused_weight("", R"({"name": "w", "shape": [9000000000000000000], "dtype": "float32"})",
                        "takes more bytes");
  expect_refused_weight(
      "", R"({"name": "w", "shape": [4000000000, 4000000000, 4], "dtype": "float32"})",
      "$[0].weights[0].shape");
  expect_refused_weight("", R"({"name": "w", "shape": [-1], "dtype": "float32"})", "shape");
  expect_refused_weight("", R"({"name": "w", "shape": [1.5], "dtype": "float32"})", "shape[0]");
  expect_refused_weight("\x02", R"({"name": "w", "shape": [1], "dtype": "bool"})", "'w'");
}

TEST(WeightFiles, RefuseStringsThatEndBehindTheShards) {
  const std::string one = R"({"name": "w", "shape": [1], "dtype": "string"})";
  expect_refused_weight(std::string("\xff\xff\xff\xffhi", 6), one, "ends at byte");
  expect_refused_weight("\x01", one, "$[0].weights[0]");
  expect_refused_weight(std::string(8, '\0'),
                        R"({"name": "w", "shape": [4000000000000], "dtype": "string"})",
                        "$[0].weights[0]");
}

TEST(WeightFiles, RefuseTypesThatDoNotExist) {
  expect_refused_weight("", R"({"name": "w", "shape": [0], "dtype": "float64"})",
                        "$[0].weights[0].dtype: unknown type 'float64'");
}

TEST(WeightFiles, RefuseWrongQuantization) {
  const auto refused = [](const std::string& type, const std::string& quantization,
                          std::string_view error) {
    expect_refused_weight("\x01",
                          R"({"name": "w", "shape": [1], "dtype": ")" + type +
                              R"(", "quantization": {)" + quantization + "}}",
                          error);
  };
  refused("float32", R"("dtype": "uint4", "scale": 1, "min": 0)", "found 'uint4'");
  refused("float32", R"("dtype": "uint8", "min": 0)", "scale");
  refused("float32", R"("dtype": "uint8", "scale": 1)", "min");
  refused("float32", R"("dtype": "uint8", "scale": 0, "min": 0)", "expected a positive number");
  refused("float32", R"("dtype": "uint8", "scale": "NaN", "min": 0)", "scale");
  refused("int32", R"("dtype": "float16")", "float32 only");
  refused("bool", R"("dtype": "uint8", "scale": 1, "min": 0)", "can be quantized");
  refused("int32", R"("dtype": "uint8", "scale": 1e12, "min": 0)", "which is no int32");
}

TEST(WeightFiles, RefuseNamesThatOccurTwice) {
  const std::string empty = R"({"name": "w", "shape": [0], "dtype": "float32"})";
  expect_refused_weight("", empty + "," + empty, "'w' occurs twice");
}

TEST(WeightFiles, OpenNothingOutsideOfTheFolder) {
  const TestFolder folder;
  folder.write("secret.bin", floats({1}));
  folder.write("model/inside.bin", floats({1}));
  ASSERT_EQ(symlink("../secret.bin", folder.path("model/link.bin").c_str()), 0);
  const auto read = [&](const std::string& path) {
    const JsonDocument document = JsonDocument::parse(
        group(R"({"name": "w", "shape": [1], "dtype": "float32"})", '"' + path + '"'));
    const WeightFiles files(document.root(), Folder(folder.path("model")));
  };
  EXPECT_NO_THROW(read("inside.bin"));
  for (const char* path : {"../secret.bin", "link.bin", "/etc/passwd", "", "missing.bin", "."}) {
    expect_error([&] { read(path); }, "$[0].paths[0]");
  }
  expect_error([&] { read(folder.path("secret.bin")); }, "$[0].paths[0]");
  expect_error([&] { read("https://example.org/w.bin"); }, "an address");
}

}  // namespace
}  // namespace twingrad
