#include "exporters/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "exporters/atomic_file.h"
#include "exporters/stored_bytes.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string_view type_name(DataType type) {
  switch (type) {
    case DataType::kBool:
      return "BOOL";
    case DataType::kUint8:
      return "U8";
    case DataType::kInt8:
      return "I8";
    case DataType::kUint16:
      return "U16";
    case DataType::kInt16:
      return "I16";
    case DataType::kUint32:
      return "U32";
    case DataType::kInt32:
      return "I32";
    case DataType::kUint64:
      return "U64";
    case DataType::kInt64:
      return "I64";
    case DataType::kFloat16:
      return "F16";
    case DataType::kBfloat16:
      return "BF16";
    case DataType::kFloat:
      return "F32";
    case DataType::kDouble:
      return "F64";
    case DataType::kComplex64:
      return "C64";
    case DataType::kFloat8E4M3FN:
      return "F8_E4M3";
    case DataType::kFloat8E4M3FNUZ:
      return "F8_E4M3FNUZ";
    case DataType::kFloat8E5M2:
      return "F8_E5M2";
    case DataType::kFloat8E5M2FNUZ:
      return "F8_E5M2FNUZ";
    case DataType::kFloat8E8M0:
      return "F8_E8M0";
    case DataType::kFloat4E2M1:
      return "F4";
    default:
      fail_unsupported("safetensors files cannot hold ", data_type_name(type));
  }
}

int64_t stored_size(const NamedTensor& entry) {
  const int64_t bits = entry.tensor.element_count() * stored_bits(entry.tensor.type());
  check(bits % 8 == 0, "tensor ", quoted_name(entry.name), ": ",
        data_type_name(entry.tensor.type()), entry.tensor.shape(), " does not fill whole bytes");
  return bits / 8;
}

std::vector<const NamedTensor*> in_file_order(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  order.reserve(tensors.size());
  for (const NamedTensor& entry : tensors) order.push_back(&entry);
  std::ranges::sort(order, [](const NamedTensor* a, const NamedTensor* b) {
    const int a_bits = stored_bits(a->tensor.type());
    const int b_bits = stored_bits(b->tensor.type());
    return a_bits != b_bits ? a_bits > b_bits : a->name < b->name;
  });
  return order;
}

std::string header_text(const std::vector<const NamedTensor*>& order,
                        const std::map<std::string, std::string>& metadata) {
  constexpr size_t kAlignment = 8;
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const NamedTensor* entry : order) {
    check(entry->name != "__metadata__", "no tensor may be named '__metadata__'");
    const int64_t end = offset + stored_size(*entry);
    // push_back and not []: that one looks through all names, for each of them.
    header.get_ref<nlohmann::ordered_json::object_t&>().push_back(
        {entry->name, nlohmann::ordered_json{{"dtype", type_name(entry->tensor.type())},
                                             {"shape", entry->tensor.shape().extents()},
                                             {"data_offsets", {offset, end}}}});
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    fail("a name or the metadata is not UTF-8");
  }
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  return text;
}

void check_names(std::span<const NamedTensor> tensors) {
  std::vector<std::string_view> names;
  names.reserve(tensors.size());
  for (const NamedTensor& entry : tensors) names.push_back(entry.name);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  check(twice == names.end(), "the name ", twice == names.end() ? "" : quoted_name(*twice),
        " occurs twice");
}

std::string length_prefix(uint64_t length) {
  std::string prefix;
  for (int shift = 0; shift < 64; shift += 8) prefix += static_cast<char>(length >> shift & 0xff);
  return prefix;
}

}  // namespace

void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::vector<const NamedTensor*> order = in_file_order(tensors);
  std::string header;
  try {
    check_names(tensors);
    header = header_text(order, metadata);
  } catch (const Error& error) {
    throw error.at(path);
  }
  AtomicFile file(path);
  file.write(length_prefix(header.size()));
  file.write(header);
  for (const NamedTensor* entry : order) {
    if (stored_bits(entry->tensor.type()) < 8) {
      file.write(stored_bytes(entry->tensor));
    } else {
      file.write(entry->tensor.bytes());
    }
  }
  file.commit();
}

}  // namespace twingrad
