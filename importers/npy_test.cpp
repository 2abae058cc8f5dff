#include "importers/npy.h"

#include <gtest/gtest.h>

#include "importers/npy_for_tests.h"

namespace twingrad {
namespace {

Tensor read_npy_file(const std::string& file) {
  return read_npy(MemoryBytes(bytes_of(file)));
}

void expect_refused_npy(const std::string& file, std::string_view text) {
  expect_error([&] { (void)read_npy_file(file); }, text);
}

void expect_dictionary_refused(const std::string& dictionary, std::string_view text) {
  expect_refused_npy(npy_of_dictionary(dictionary, std::string(8, '\0')), text);
}

TEST(Npy, ReadsEveryElementTypeInBothByteOrders) {
  struct Case {
    std::string descr;
    DataType type;
  };
  for (const auto& [descr, type] :
       {Case{"f2", DataType::kFloat16}, Case{"f4", DataType::kFloat}, Case{"f8", DataType::kDouble},
        Case{"i1", DataType::kInt8}, Case{"i2", DataType::kInt16}, Case{"i4", DataType::kInt32},
        Case{"i8", DataType::kInt64}, Case{"u1", DataType::kUint8}, Case{"u2", DataType::kUint16},
        Case{"u4", DataType::kUint32}, Case{"u8", DataType::kUint64}, Case{"b1", DataType::kBool},
        Case{"c8", DataType::kComplex64}, Case{"c16", DataType::kComplex128}}) {
    Tensor expected = Tensor::zeros(type, {2});
    set_element(expected, 1, 1.0);
    const auto bytes = expected.bytes();
    const std::string data(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_TRUE(identical(read_npy_file(npy("<" + descr, "(2,)", data)), expected)) << descr;
    std::string swapped = data;
    const size_t part = element_size(type) / (is_complex(type) ? 2 : 1);
    for (size_t i = 0; i < data.size(); ++i)
      swapped[i] = data[i / part * part + part - 1 - i % part];
    EXPECT_TRUE(identical(read_npy_file(npy(">" + descr, "(2,)", swapped)), expected)) << descr;
  }
}

TEST(Npy, ColumnMajorDataIsTransposed) {
  const Tensor read_back = read_npy_file(npy("|u1", "(2, 3, 2)", "abcdefghijkl", "True"));
  const auto bytes = read_back.values<uint8_t>();
  // Element [i,j,k] stands at i + 2j + 6k of the file.
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "agciekbhdjfl");
}

TEST(Npy, ReadsScalarsEmptyArraysAndTheOtherVersions) {
  EXPECT_EQ(read_npy_file(npy("<f4", "()", std::string("\0\0\x80\x3f", 4))).values<float>()[0],
            1.0F);
  EXPECT_EQ(read_npy_file(npy("<f4", "(0, 5)", "")).shape(), (Shape{0, 5}));
  EXPECT_EQ(read_npy_file(npy("|u1", "(2L, 1L)", "ab")).shape(), (Shape{2, 1}));
  const std::string header = "{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"|i1\"}\n";
  for (const char version : {'\x02', '\x03'}) {
    const std::string file = std::string("\x93NUMPY") + version + std::string(1, '\0') +
                             little_endian(header.size(), 4) + header + "\xff";
    EXPECT_EQ(read_npy_file(file).values<int8_t>()[0], -1);
  }
}

TEST(Npy, Class50WrongPreamblesAreRefused) {
  const std::string good = npy("|u1", "(1,)", "a");
  expect_refused_npy("", "empty");
  expect_refused_npy("PK\x03\x04 is a zip file", "no magic at byte 0");
  expect_refused_npy(patched(good, 6, "\x04"), "version 4.0 at byte 6");
  expect_refused_npy(patched(good, 7, "\x01"), "version 1.1");
  expect_refused_npy(patched(good, 8, "\xff\xff"), "header of 65535 bytes");
  expect_refused_npy(patched(good, 8, std::string("\x00\x10", 2)),
                     "header of 4096 bytes in a file");
  expect_refused_npy(patched(good, 8, std::string("\0\0", 2)), "header of 0 bytes");
  expect_refused_npy(std::string("\x93NUMPY\x02\0\xff\xff\xff\xff", 12),
                     "header of 4294967295 bytes");
  expect_refused_npy(patched(good, good.find('\n'), " "), "newline");
  expect_refused_npy(patched(good, good.find('u'), "\xe9"), "ASCII");
}

TEST(Npy, Class51WhatIsNoHeaderDictionaryIsRefused) {
  expect_dictionary_refused("['descr']", "expected '{'");
  expect_dictionary_refused("{'descr': '<f8', 'shape': (1,)}", "expected the keys");
  expect_dictionary_refused("{'descr': '<f8', 'shape': (1,), 'fortran_order': False, 'x': 1}",
                            "unknown key 'x'");
  expect_dictionary_refused("{'shape': (1,), 'shape': (1,)}", "duplicate key 'shape'");
  expect_dictionary_refused("{'descr': __import__('os')}", "expected a string");
  expect_dictionary_refused("{'descr': 'x}", "string without end");
  expect_dictionary_refused("{'descr': '\\x3cf8'}", "backslash");
  expect_dictionary_refused("{'descr': '<f8' 'shape': (1,)}", "expected ',' or '}'");
  expect_dictionary_refused("{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", "True or False");
  expect_dictionary_refused("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} + {}",
                            "behind the dictionary");
  for (const char* shape : {"1", "[1]", "(1.5,)", "(True,)", "((1,),)", "(1 2)", "(,)", "(1,,)",
                            "('1',)", "(1+1,)", "(99999999999999999999,)", "(0x1,)", "(1e0,)"}) {
    expect_refused_npy(npy("<f8", shape, std::string(8, '\0')), "npy header at byte");
  }
  expect_refused_npy(npy("<f8", "(1)", std::string(8, '\0')), "no tuple");
  expect_refused_npy(npy("<f8", "(-1,)", std::string(8, '\0')), "negative extent, -1");
  expect_refused_npy(npy("<f8", "(4294967296, 4294967296)", ""), "too many elements");
  expect_refused_npy(npy("<f8", "(9223372036854775807,)", ""), "too many elements");
}

TEST(Npy, Class52ElementsThatAreNotNumbersAreRefused) {
  const std::string data(16, '\0');
  expect_refused_npy(npy("|O", "(1,)", data), "pickled Python objects are refused");
  expect_refused_npy(npy("<U4", "(1,)", data), "text elements");
  expect_refused_npy(npy("|S4", "(1,)", data), "text elements");
  for (const char* descr : {"<M8[ns]", "<m8", "|V2", "f3", "<f3", "<f16", "<f", "x", "", "<i16"}) {
    expect_refused_npy(npy(descr, "(1,)", data), "element type");
  }
  expect_refused_npy(npy("=f4", "(1,)", data), "byte order");
  expect_refused_npy(npy("|f4", "(1,)", data), "byte order");
  expect_dictionary_refused("{'descr': [('a', '<f4'), ('b', '<f4')]}", "structured");
}

TEST(Npy, Class53DataOfAnotherLengthIsRefused) {
  expect_refused_npy(npy("<f4", "(2,)", "1234567"), "npy data of 7 bytes, float[2] takes 8");
  expect_refused_npy(npy("<f4", "(2,)", "123456789"), "npy data of 9 bytes");
  expect_refused_npy(npy("<f4", "(0,)", "x"), "npy data of 1 bytes");
  std::string rank_65 = "(";
  for (int i = 0; i < 65; ++i) rank_65 += "1,";
  expect_refused_npy(npy("|u1", rank_65 + ")", "a"), "rank exceeds the limit of 64");
  expect_refused_npy(npy("|b1", "(3,)", "\x01\x01\x02"), "element 2 of a bool tensor is 2");
}

TEST(Npy, EveryTruncationAndBitFlipIsAResultOrAnError) {
  const auto parse = [](const std::string& file) { (void)read_npy_file(file); };
  expect_damage_is_survived(npy(">f4", "(2, 2)", std::string(16, 'a'), "True"), parse);
  expect_damage_is_survived(npy("|b1", "(2,)", "\x01\x01"), parse);
}

}  // namespace
}  // namespace twingrad
