#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "importers/damage_for_tests.h"
#include "importers/tfjs/tfjs.h"
#include "ir/test_folder.h"

namespace twingrad {

// For tests: the model of a text whose shards are in this folder.
inline Model read_tfjs_in(const Folder& folder, const std::string& text) {
  const JsonDocument document = JsonDocument::parse(text);
  return read_tfjs_model(document.root(), folder);
}

// The model of a text whose shard "w.bin" has these bytes.
inline Model read_tfjs_text(const std::string& text, const std::string& shard = "") {
  const TestFolder folder;
  folder.write("w.bin", shard);
  return read_tfjs_in(Folder(folder.path()), text);
}

inline std::string floats(std::initializer_list<float> values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

// One group with the shard w.bin.
inline std::string manifest_of(const std::string& weights) {
  return R"("weightsManifest": [{"paths": ["w.bin"], "weights": [)" + weights + "]}]";
}

template <typename Action>
void expect_unsupported(Action action, std::string_view text) {
  try {
    action();
    ADD_FAILURE() << "no error, expected one with \"" << text << '"';
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  }
}

}  // namespace twingrad
