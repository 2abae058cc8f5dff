#include "importers/safetensors.h"

#include <gtest/gtest.h>

#include "importers/damage_for_tests.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

std::string file_of(const std::string& header, const std::string& data) {
  return little_endian(header.size(), 8) + header + data;
}

std::vector<NamedTensor> read(const std::string& file) {
  return read_safetensors(MemoryBytes(bytes_of(file)));
}

void expect_refused(const std::string& file, std::string_view text) {
  expect_error([&] { (void)read(file); }, text);
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

void expect_entry_refused(const std::string& dtype, const std::string& shape,
                          const std::string& offsets, std::string_view text) {
  expect_refused(file_of("{\"t\":" + entry(dtype, shape, offsets) + "}", std::string(8, '\0')),
                 text);
}

TEST(Safetensors, ReadsTensorsInTheOrderOfTheHeader) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"b":)" + entry("F32", "[1]", "[4,8]") + R"(,"a":)" +
      entry("I16", "[2,1]", "[0,4]") + R"(,"z":)" + entry("F64", "[0,3]", "[4,4]") + "}   ";
  const auto tensors = read(file_of(header, std::string("\x01\x00\xff\xff\x00\x00\x80\x3f", 8)));
  ASSERT_EQ(tensors.size(), 3);
  EXPECT_EQ(tensors[0].name, "b");
  EXPECT_EQ(tensors[0].tensor.values<float>()[0], 1.0F);
  EXPECT_EQ(tensors[1].name, "a");
  EXPECT_TRUE(identical(tensors[1].tensor, Tensor::of<int16_t>({2, 1}, {1, -1})));
  EXPECT_EQ(tensors[2].tensor.shape(), (Shape{0, 3}));
  EXPECT_TRUE(read(file_of("{}", "")).empty());
}

TEST(Safetensors, ReadsEveryElementType) {
  struct Case {
    std::string dtype;
    DataType type;
  };
  for (const auto& [dtype, type] :
       {Case{"BOOL", DataType::kBool}, Case{"U8", DataType::kUint8}, Case{"I8", DataType::kInt8},
        Case{"U16", DataType::kUint16}, Case{"I16", DataType::kInt16},
        Case{"U32", DataType::kUint32}, Case{"I32", DataType::kInt32},
        Case{"U64", DataType::kUint64}, Case{"I64", DataType::kInt64},
        Case{"F16", DataType::kFloat16}, Case{"BF16", DataType::kBfloat16},
        Case{"F32", DataType::kFloat}, Case{"F64", DataType::kDouble},
        Case{"C64", DataType::kComplex64}, Case{"F8_E4M3", DataType::kFloat8E4M3FN},
        Case{"F8_E4M3FNUZ", DataType::kFloat8E4M3FNUZ}, Case{"F8_E5M2", DataType::kFloat8E5M2},
        Case{"F8_E5M2FNUZ", DataType::kFloat8E5M2FNUZ}, Case{"F8_E8M0", DataType::kFloat8E8M0}}) {
    Tensor expected = Tensor::filled(type, {2}, 1.0);
    const auto bytes = expected.bytes();
    const std::string data(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto tensors = read(file_of(
        "{\"t\":" + entry(dtype, "[2]", "[0," + std::to_string(data.size()) + "]") + "}", data));
    EXPECT_TRUE(identical(tensors[0].tensor, expected)) << dtype;
  }
}

TEST(Safetensors, PackedElementsStartInTheLowBits) {
  const auto tensors = read(file_of("{\"t\":" + entry("F4", "[4]", "[0,2]") + "}", "\x21\xf3"));
  const auto values = tensors[0].tensor.values<uint8_t>();
  EXPECT_EQ(std::vector<uint8_t>(values.begin(), values.end()),
            (std::vector<uint8_t>{1, 2, 3, 15}));
}

TEST(Safetensors, Class55WrongHeadersAreRefused) {
  expect_refused("", "not a safetensors file: 0 bytes");
  expect_refused("1234567", "not a safetensors file: 7 bytes");
  expect_refused(file_of("", ""), "header of 0 bytes");
  expect_refused(little_endian(3, 8) + "{}", "header of 3 bytes in a file of 10");
  expect_refused(little_endian(UINT64_MAX, 8) + "{}", "header of 18446744073709551615 bytes");
  expect_refused(file_of(" {}", ""), "does not start with '{' at byte 8");
  expect_refused(file_of("[]", ""), "does not start with '{'");
  expect_refused(file_of("{\"\xff\":1}", ""), "UTF-8");
  expect_refused(file_of("{} x", ""), "not valid JSON at byte 3");
  std::string deep = "{\"a\":";
  deep.append(100'000, '[');
  expect_refused(file_of(deep, ""), "nesting exceeds 64");
  expect_refused(file_of("{" + std::string(1'000'000, ' ') + "}", ""), "more than half");
}

TEST(Safetensors, Class55AHeaderAboveTheLimitIsRefusedBeforeItIsRead) {
  // A sparse file: the bytes exist for the file system only.
  const TestFolder folder;
  const std::string path = folder.write("large.safetensors", little_endian(100'000'001, 8) + "{");
  std::filesystem::resize_file(path, 300'000'000);
  expect_error([&] { (void)read_safetensors_file(path); },
               path + ": safetensors header of 100000001 bytes, limit 100000000");
}

TEST(Safetensors, Class56OffsetsThatDoNotTileTheDataAreRefused) {
  expect_entry_refused("F32", "[2]", "[8,0]", "$.t.data_offsets: [8,0] is reversed");
  expect_entry_refused("F32", "[2]", "[-8,0]", "not negative, found -8");
  expect_entry_refused("F32", "[2]", "[0.0,8.0]", "expected an integer, found 0");
  expect_entry_refused("F32", "[2]", "[0,8,8]", "expected two offsets, found 3");
  expect_entry_refused("F32", "[2]", "[0,\"8\"]", "expected an integer, found the string '8'");
  expect_entry_refused("F32", "[4]", "[0,16]", "tensors end at byte 16 of the data, which has 8");
  expect_entry_refused("F32", "[1]", "[4,8]", "starts at byte 4 of the data, expected 0");
  expect_entry_refused("F32", "[1]", "[0,4]", "tensors end at byte 4 of the data, which has 8");
  expect_entry_refused("F32", "[2]", "[18446744073709551608,18446744073709551615]", "takes 8");
  const auto two = [](const std::string& a, const std::string& b) {
    return file_of("{\"a\":" + entry("U8", "[4]", a) + ",\"b\":" + entry("U8", "[4]", b) + "}",
                   std::string(9, '\0'));
  };
  expect_refused(two("[0,4]", "[5,9]"), "'b' starts at byte 5 of the data, expected 4");
  expect_refused(two("[0,4]", "[0,4]"), "starts at byte 0 of the data, expected 4");
  expect_refused(two("[0,4]", "[3,7]"), "'b' starts at byte 3 of the data, expected 4");
}

TEST(Safetensors, Class57EntriesThatDoNotFitAreRefused) {
  expect_entry_refused("F32", "[3]", "[0,8]", "tensor 't': float[3] takes 12 bytes");
  expect_entry_refused("F32", "[4294967296,4294967296]", "[0,8]", "too many elements");
  expect_entry_refused("F64", "[9223372036854775807]", "[0,8]", "too many elements");
  expect_entry_refused("F32", "[-1]", "[0,8]", "$.t.shape[0]: expected an integer from 0");
  expect_entry_refused("F32", "[2.0]", "[0,8]", "expected an integer");
  expect_entry_refused("F32", "2", "[0,8]", "expected an array");
  expect_entry_refused("F99", "[2]", "[0,8]", "unknown element type 'F99'");
  expect_entry_refused("F6_E2M3", "[4]", "[0,3]", "element type F6_E2M3 is not supported");
  expect_entry_refused("F4", "[3]", "[0,2]", "does not fill whole bytes");
  expect_refused(file_of("{\"t\":" + entry("BOOL", "[1]", "[0,1]") + "}", "\x07"),
                 "tensor 't': element 0 of a bool tensor is 7");
  const std::string good = entry("U8", "[0]", "[0,0]");
  expect_refused(file_of("{\"t\":" + good + ",\"t\":" + good + "}", ""), "duplicate key 't'");
  expect_refused(file_of(R"({"__metadata__":{"a":1}})", ""), "$.__metadata__.a: expected a string");
  expect_refused(file_of(R"({"__metadata__":[]})", ""), "expected an object");
  expect_refused(file_of(R"({"t":[]})", ""), "$.t: expected an object");
  expect_refused(file_of(R"({"t":{"dtype":"U8","shape":[0]}})", ""), "'data_offsets' is missing");
  expect_refused(file_of(R"({"t":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})", ""),
                 "unknown key 'x'");
  std::string rank_65 = "[1";
  for (int i = 0; i < 64; ++i) rank_65 += ",1";
  expect_entry_refused("U8", rank_65 + "]", "[0,1]", "rank exceeds the limit of 64");
}

TEST(Safetensors, EveryTruncationAndBitFlipIsAResultOrAnError) {
  const std::string header = R"({"__metadata__":{"k":"v"},"a":)" + entry("BOOL", "[2]", "[0,2]") +
                             R"(,"b":)" + entry("F4", "[2,2]", "[2,4]") + "} ";
  expect_damage_is_survived(file_of(header, std::string("\x01\x00\x12\x34", 4)),
                            [](const std::string& file) { (void)read(file); });
}

}  // namespace
}  // namespace twingrad
