#include "backends/static/passes/attribute_equality.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "backends/static/passes/hashing.h"

namespace twingrad {
namespace {

constexpr size_t kHashedBytes = 256;

bool same(std::monostate, std::monostate) {
  return true;
}
bool same(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}
bool same(int64_t a, int64_t b) {
  return a == b;
}
bool same(const std::string& a, const std::string& b) {
  return a == b;
}
bool same(const Tensor& a, const Tensor& b) {
  const bool shared = a.storage() == b.storage() && a.type() == b.type() && a.shape() == b.shape();
  return shared || identical(a, b);
}
bool same(const GraphPointer& a, const GraphPointer& b) {
  return a == b;
}
bool same(const Type& a, const Type& b) {
  return a == b;
}
bool same(const SparseTensor& a, const SparseTensor& b) {
  return a.shape == b.shape && same(a.values, b.values) && same(a.indices, b.indices);
}
bool same(const AttributeReference&, const AttributeReference&) {
  return false;
}
template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(a, b, [](const T& x, const T& y) { return same(x, y); });
}

}  // namespace

bool identical(const AttributeValue& a, const AttributeValue& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&b](const auto& held) { return same(held, std::get<std::decay_t<decltype(held)>>(b)); }, a);
}

bool identical(const Attributes& a, const Attributes& b) {
  const auto contained = [](const Attributes& in, const Attributes& other) {
    return std::ranges::all_of(in, [&other](const auto& entry) {
      const AttributeValue* found = other.find(entry.first);
      return found != nullptr && identical(entry.second, *found);
    });
  };
  return contained(a, b) && contained(b, a);
}

size_t hash_of(const Tensor& tensor) {
  size_t hash = static_cast<size_t>(tensor.type());
  for (const int64_t extent : tensor.shape()) combine(hash, static_cast<size_t>(extent));
  if (tensor.type() == DataType::kString) return hash;
  const auto bytes = tensor.bytes().first(std::min(tensor.byte_size(), kHashedBytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  combine(hash, std::hash<std::string_view>()(text));
  return hash;
}

size_t hash_of(const Attributes& attributes) {
  size_t hash = 0;  // a sum, since the order does not matter
  for (const auto& [name, value] : attributes) {
    size_t entry = std::hash<std::string>()(name);
    if (const auto* number = std::get_if<int64_t>(&value)) {
      combine(entry, static_cast<size_t>(*number));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      combine(entry, std::hash<std::string>()(*text));
    } else if (const auto* list = std::get_if<std::vector<int64_t>>(&value)) {
      for (const int64_t number : *list) combine(entry, static_cast<size_t>(number));
    } else if (const auto* tensor = std::get_if<Tensor>(&value)) {
      combine(entry, hash_of(*tensor));
    }
    hash += entry;
  }
  return hash;
}

}  // namespace twingrad
