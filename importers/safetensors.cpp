#include "importers/safetensors.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "importers/byte_cursor.h"
#include "importers/input_file.h"
#include "importers/json_text.h"
#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

struct TypeName {
  std::string_view name;
  DataType type;
};

constexpr std::array<TypeName, 20> kTypeNames = {{{"BOOL", DataType::kBool},
                                                  {"U8", DataType::kUint8},
                                                  {"I8", DataType::kInt8},
                                                  {"U16", DataType::kUint16},
                                                  {"I16", DataType::kInt16},
                                                  {"U32", DataType::kUint32},
                                                  {"I32", DataType::kInt32},
                                                  {"U64", DataType::kUint64},
                                                  {"I64", DataType::kInt64},
                                                  {"F16", DataType::kFloat16},
                                                  {"BF16", DataType::kBfloat16},
                                                  {"F32", DataType::kFloat},
                                                  {"F64", DataType::kDouble},
                                                  {"C64", DataType::kComplex64},
                                                  {"F8_E4M3", DataType::kFloat8E4M3FN},
                                                  {"F8_E4M3FNUZ", DataType::kFloat8E4M3FNUZ},
                                                  {"F8_E5M2", DataType::kFloat8E5M2},
                                                  {"F8_E5M2FNUZ", DataType::kFloat8E5M2FNUZ},
                                                  {"F8_E8M0", DataType::kFloat8E8M0},
                                                  {"F4", DataType::kFloat4E2M1}}};

// What the header says about a tensor; offsets count from the start of the data.
struct Entry {
  std::string_view name;
  DataType type = DataType::kUndefined;
  Shape shape;
  uint64_t begin = 0;
  uint64_t end = 0;
};

DataType read_type(const JsonView& dtype) {
  const std::string_view name = dtype.string();
  for (const auto& known : kTypeNames) {
    if (known.name == name) return known.type;
  }
  if (name == "F6_E2M3" || name == "F6_E3M2") {
    fail_unsupported(dtype.path(), ": element type ", name, " is not supported");
  }
  dtype.refuse("unknown element type ", quoted_name(name));
}

Entry read_entry(std::string_view name, const JsonView& object) {
  object.refuse_keys_other_than({"dtype", "shape", "data_offsets"});
  Entry entry;
  entry.name = name;
  entry.type = read_type(object.at("dtype"));
  const JsonView shape = object.at("shape");
  for (const JsonView& extent : shape.items()) entry.shape.append(extent.integer(0, INT64_MAX));
  if (entry.shape.rank() > kRankLimit) shape.refuse("rank exceeds the limit of ", kRankLimit);
  const JsonView offsets = object.at("data_offsets");
  const auto pair = offsets.items();
  if (pair.size() != 2) offsets.refuse("expected two offsets, found ", pair.size());
  entry.begin = pair[0].unsigned_integer();
  entry.end = pair[1].unsigned_integer();
  if (entry.end < entry.begin) offsets.refuse("[", entry.begin, ",", entry.end, "] is reversed");
  return entry;
}

void check_size(const Entry& entry) {
  const auto bits = checked_product(entry.shape.element_count(), stored_bits(entry.type));
  check(bits.has_value(), "shape ", entry.shape, " has too many elements");
  check(*bits % 8 == 0, data_type_name(entry.type), entry.shape, " does not fill whole bytes");
  check(static_cast<uint64_t>(*bits) / 8 == entry.end - entry.begin, data_type_name(entry.type),
        entry.shape, " takes ", *bits / 8, " bytes, data_offsets hold ", entry.end - entry.begin);
}

void check_tiling(const std::vector<Entry>& entries, uint64_t data_size) {
  std::vector<const Entry*> by_offset;
  by_offset.reserve(entries.size());
  for (const Entry& entry : entries) by_offset.push_back(&entry);
  std::ranges::sort(by_offset, [](const Entry* a, const Entry* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  uint64_t end = 0;
  for (const Entry* entry : by_offset) {
    check(entry->begin == end, "tensor ", quoted_name(entry->name), " starts at byte ",
          entry->begin, " of the data, expected ", end, ": tensors overlap or leave a gap");
    end = entry->end;
  }
  check(end == data_size, "tensors end at byte ", end, " of the data, which has ", data_size);
}

void check_metadata(const JsonView& metadata) {
  for (const auto& [key, value] : metadata.members()) (void)value.string();
}

std::vector<Entry> read_header(const JsonView& header, uint64_t data_size) {
  std::vector<Entry> entries;
  for (const auto& [name, object] : header.members()) {
    if (name == "__metadata__") {
      check_metadata(object);
      continue;
    }
    entries.push_back(read_entry(name, object));
    try {
      check_size(entries.back());
    } catch (const Error& error) {
      throw error.at("tensor " + quoted_name(name));
    }
  }
  check_tiling(entries, data_size);
  return entries;
}

uint64_t header_length(const ByteSource& source) {
  constexpr uint64_t kSmallFile = 1'000'000;
  check(source.size() >= 8, "not a safetensors file: ", source.size(), " bytes");
  const auto prefix = source.read(0, uint64_t{8});
  const uint64_t length = ByteCursor(prefix).u64();
  check(length > 0 && length <= source.size() - 8, "safetensors header of ", length,
        " bytes in a file of ", source.size());
  check(length <= kSafetensorsHeaderLimit, "safetensors header of ", length, " bytes, limit ",
        kSafetensorsHeaderLimit);
  check(source.size() < kSmallFile || length <= source.size() / 2, "safetensors header of ", length,
        " bytes is more than half of the file");
  return length;
}

}  // namespace

std::vector<NamedTensor> read_safetensors(const ByteSource& source) {
  const uint64_t length = header_length(source);
  const auto bytes = source.read(8, length);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  check(text.front() == '{', "safetensors header does not start with '{' at byte 8");
  const uint64_t data_start = 8 + length;
  try {
    const JsonDocument document = JsonDocument::parse(text, kSafetensorsHeaderLimit);
    std::vector<NamedTensor> tensors;
    for (const Entry& entry : read_header(document.root(), source.size() - data_start)) {
      try {
        tensors.push_back({std::string(entry.name),
                           tensor_from_stored(entry.type, entry.shape, source,
                                              data_start + entry.begin, entry.end - entry.begin)});
      } catch (const Error& error) {
        throw error.at("tensor " + quoted_name(entry.name));
      }
    }
    return tensors;
  } catch (const Error& error) {
    throw error.at("safetensors header");
  }
}

std::vector<NamedTensor> read_safetensors_file(const std::string& path) {
  try {
    return read_safetensors(open_file(path));
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace twingrad
