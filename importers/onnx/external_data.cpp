#include "importers/onnx/external_data.h"

#include <algorithm>
#include <charconv>

#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr size_t kLargestFileCount = 256;  // open at once

struct Entries {
  std::optional<std::string> location;
  std::optional<uint64_t> offset;
  std::optional<uint64_t> length;
};

uint64_t decimal(const std::string& key, const std::string& text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  check(problem == std::errc() && stop == end, "external data: ", key, " is ", quoted_name(text),
        ", expected a decimal number");
  return value;
}

Entries read_entries(const onnx::TensorProto& proto) {
  Entries entries;
  bool checksum = false;
  for (const auto& entry : proto.external_data()) {
    const std::string& key = entry.key();
    bool repeated = false;
    if (key == "location") {
      repeated = entries.location.has_value();
      entries.location = entry.value();
    } else if (key == "offset") {
      repeated = entries.offset.has_value();
      entries.offset = decimal(key, entry.value());
    } else if (key == "length") {
      repeated = entries.length.has_value();
      entries.length = decimal(key, entry.value());
    } else if (key == "checksum") {
      repeated = std::exchange(checksum, true);
    } else {
      fail("external data: unknown key ", quoted_name(key));
    }
    check(!repeated, "external data: key ", quoted_name(key), " is given twice");
  }
  check(entries.location.has_value(), "external data without a location");
  check(entries.length.has_value(), "external data without a length");
  return entries;
}

}  // namespace

const InputFile& ExternalData::open(const std::string& location) {
  for (const OpenFile& known : files_) {
    if (known.location == location) return known.file;
  }
  check(!folder_path_.empty(), "external data ", quoted_name(location),
        " of a model that was not read from a folder");
  if (!folder_) folder_.emplace(folder_path_);
  check(files_.size() < kLargestFileCount, "external data in more than ", kLargestFileCount,
        " files");
  InputFile file = folder_->open(location);
  check(!model_ || !file.is_same_file(*model_), "external data ", quoted_name(location),
        " is the model itself");
  const bool counted = std::ranges::any_of(
      files_, [&](const OpenFile& other) { return other.file.is_same_file(file); });
  if (!counted) file_bytes_ += file.size();
  files_.push_back({location, std::move(file)});
  return files_.back().file;
}

void ExternalData::account(uint64_t length) {
  const uint64_t limit = file_bytes_ > UINT64_MAX / 2 ? UINT64_MAX : 2 * file_bytes_;
  check(length <= limit && referenced_bytes_ <= limit - length,
        "external data: tensors refer to more than twice the ", file_bytes_,
        " bytes that the files have");
  referenced_bytes_ += length;
}

Tensor ExternalData::read(const onnx::TensorProto& proto, DataType type, const Shape& shape) {
  const Entries entries = read_entries(proto);
  const InputFile& file = open(*entries.location);
  try {
    account(*entries.length);
    return tensor_from_stored(type, shape, file, entries.offset.value_or(0), *entries.length);
  } catch (const Error& error) {
    throw error.at("external data " + quoted_name(*entries.location));
  }
}

}  // namespace twingrad
