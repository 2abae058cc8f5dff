#include "importers/tfjs/weight_files.h"

#include <array>

#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

struct WeightType {
  std::string_view name;
  DataType type;
};
constexpr WeightType kWeightTypes[] = {{"float32", DataType::kFloat},
                                       {"int32", DataType::kInt32},
                                       {"bool", DataType::kBool},
                                       {"complex64", DataType::kComplex64},
                                       {"string", DataType::kString}};

DataType type_of(const JsonView& name) {
  for (const WeightType& row : kWeightTypes) {
    if (row.name == name.string()) return row.type;
  }
  name.refuse("unknown type ", quoted_name(name.string()));
}

Shape shape_of(const JsonView& view) {
  const std::vector<int64_t> extents = view.integers();
  if (static_cast<int64_t>(extents.size()) > kRankLimit) {
    view.refuse("more than ", kRankLimit, " axes");
  }
  Shape shape(extents);
  try {
    (void)shape.element_count();
  } catch (const Error& error) {
    throw error.at(view.path());
  }
  return shape;
}

uint32_t length_at(const ByteSource& bytes, uint64_t offset) {
  std::array<std::byte, 4> raw{};
  bytes.read(offset, raw);
  uint32_t length = 0;
  for (size_t i = 0; i < raw.size(); ++i) {
    length |= std::to_integer<uint32_t>(raw[i]) << (8 * i);
  }
  return length;
}

// Bytes of `count` strings, each with its length in front.
uint64_t strings_size(const ByteSource& bytes, uint64_t offset, int64_t count) {
  const uint64_t first = offset;
  for (int64_t i = 0; i < count; ++i) offset += 4 + uint64_t{length_at(bytes, offset)};
  check(offset <= bytes.size(), "a string ends at byte ", offset, ", the shards have ",
        bytes.size());
  return offset - first;
}

}  // namespace

WeightFiles::WeightFiles(const JsonView& manifest, const Folder& folder) {
  for (const JsonView& group : manifest.items()) add_group(group, folder);
}

void WeightFiles::add_group(const JsonView& group, const Folder& folder) {
  std::vector<InputFile> files;
  for (const JsonView& path : group.at("paths").items()) {
    if (path.string().find("://") != std::string_view::npos) {
      path.refuse("an address; weights are read from the model's folder only");
    }
    try {
      files.push_back(folder.open(path.string()));
    } catch (const Error& error) {
      throw error.at(path.path());
    }
  }
  const JoinedFiles& bytes = groups_.emplace_back(std::move(files));
  uint64_t offset = 0;
  for (const JsonView& view : group.at("weights").items()) add_entry(view, bytes, offset);
  if (offset != bytes.size()) {
    group.refuse("expected ", offset, " bytes, the shards have ", bytes.size());
  }
}

void WeightFiles::add_entry(const JsonView& view, const ByteSource& bytes, uint64_t& offset) {
  WeightEntry entry;
  entry.name = view.at("name").string();
  entry.type = type_of(view.at("dtype"));
  entry.shape = shape_of(view.at("shape"));
  if (const auto kind = view.find("group")) entry.of_optimizer = kind->string() == "optimizer";
  if (const auto object = view.find("quantization"); object && !object->is_null()) {
    entry.quantization = read_quantization(*object, entry.type);
  }
  entry.group = groups_.size() - 1;
  entry.offset = offset;
  const int64_t count = entry.shape.element_count();
  try {
    const DataType stored = entry.quantization ? entry.quantization->stored : entry.type;
    const auto length = stored == DataType::kString ? strings_size(bytes, offset, count)
                                                    : stored_size(stored, count);
    check(length && *length <= bytes.size() - offset, "weight ", quoted_name(entry.name),
          " takes more bytes than the shards have behind byte ", offset, " of ", bytes.size());
    entry.length = *length;
  } catch (const Error& error) {
    throw error.at(view.path());
  }
  offset += entry.length;
  if (!by_name_.emplace(entry.name, entries_.size()).second) {
    view.at("name").refuse("the name ", quoted_name(entry.name), " occurs twice");
  }
  entries_.push_back(std::move(entry));
}

const WeightEntry* WeightFiles::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &entries_[found->second];
}

Tensor WeightFiles::read(const WeightEntry& entry) const {
  try {
    if (entry.type == DataType::kString) return read_strings(entry);
    const JoinedFiles& bytes = groups_[entry.group];
    if (!entry.quantization) {
      return tensor_from_stored(entry.type, entry.shape, bytes, entry.offset, entry.length);
    }
    return dequantized(*entry.quantization, entry.type, entry.shape,
                       bytes.read(entry.offset, entry.length));
  } catch (const Error& error) {
    throw error.at("weight " + quoted_name(entry.name));
  }
}

Tensor WeightFiles::read_strings(const WeightEntry& entry) const {
  const JoinedFiles& bytes = groups_[entry.group];
  Tensor result(DataType::kString, entry.shape);
  uint64_t offset = entry.offset;
  for (std::string& text : result.strings()) {
    text.resize(length_at(bytes, offset));
    bytes.read(offset + 4, std::as_writable_bytes(std::span(text.data(), text.size())));
    offset += 4 + text.size();
  }
  return result;
}

}  // namespace twingrad
