#include "parity/digest.h"

#include "importers/sha256.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::string digest_of_text(const std::string& text) {
  return sha256(MemoryBytes(std::as_bytes(std::span(text))));
}

std::string digest_of_elements(const Tensor& tensor) {
  if (tensor.type() != DataType::kString) return sha256(MemoryBytes(tensor.bytes()));
  std::string text;
  for (const std::string& one : tensor.strings()) {
    for (size_t byte = 0; byte < 8; ++byte) {
      text += static_cast<char>(uint64_t{one.size()} >> (8 * byte));
    }
    text += one;
  }
  return digest_of_text(text);
}

}  // namespace

std::string digest_of(const NamedData& data) {
  std::string lines;
  for (const auto& [name, datum] : data) {
    for (const Leaf& leaf : leaves(name, datum)) {
      lines += join_text(leaf.place, " ", data_type_name(leaf.tensor.type()), leaf.tensor.shape(),
                         " ", digest_of_elements(leaf.tensor), "\n");
    }
  }
  return digest_of_text(lines);
}

}  // namespace twingrad
