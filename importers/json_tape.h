#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace twingrad {

enum class JsonKind : uint8_t {
  kNull,
  kFalse,
  kTrue,
  kInteger,          // int64
  kUnsignedInteger,  // uint64 above the largest int64
  kDouble,
  kString,
  kArray,
  kObject,
};

// One value. `bits` is a number's bit pattern or where a string starts in JsonTape::characters;
// `extent` is a string's length, or for arrays and objects the index behind their last descendant.
struct JsonNode {
  JsonKind kind;
  uint32_t extent;
  uint64_t bits;
};

inline constexpr uint32_t kJsonOpen = UINT32_MAX;  // the extent of what is still being read

// A document as a flat list: a value stands before its descendants, an object's key before its
// value. So a document of any shape is made, walked and destroyed without recursion.
struct JsonTape {
  std::vector<JsonNode> nodes;
  std::string characters;

  bool is_container(uint32_t index) const { return nodes[index].kind >= JsonKind::kArray; }
  // The index behind a value and its descendants.
  uint32_t after(uint32_t index) const {
    return is_container(index) ? nodes[index].extent : index + 1;
  }
  std::string_view text(uint32_t index) const {
    return std::string_view(characters).substr(nodes[index].bits, nodes[index].extent);
  }
  // The path of the value at `index`. Works while the text is being read, too.
  std::string path(uint32_t index) const;
};

// The tape of a text; see JsonDocument::parse.
JsonTape read_json(std::string_view text, uint64_t size_limit);

}  // namespace twingrad
