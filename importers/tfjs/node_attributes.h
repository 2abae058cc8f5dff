#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/json_text.h"
#include "importers/tfjs/graph_def.h"
#include "ir/type.h"

namespace twingrad {

// The attributes of a TensorFlow node by kind. Each throws an Error with the path where the
// attribute is of another kind; where it is absent, the fallback is the answer, and without a
// fallback that is an Error, too.
class NodeAttributes {
 public:
  explicit NodeAttributes(const TfNode& node) : node_(node) {}

  bool has(std::string_view key) const { return node_.attribute(key).has_value(); }
  bool flag(std::string_view key, bool fallback) const;
  int64_t integer(std::string_view key, std::optional<int64_t> fallback = std::nullopt) const;
  double real(std::string_view key, double fallback) const;
  std::string text(std::string_view key, std::optional<std::string> fallback = std::nullopt) const;
  DataType type(std::string_view key, std::optional<DataType> fallback = std::nullopt) const;
  std::vector<int64_t> integers(std::string_view key, std::vector<int64_t> fallback = {}) const;
  std::vector<std::string> texts(std::string_view key) const;
  // The name of a function.
  std::string_view function(std::string_view key) const;
  // A shape with -1 as an extent that is not known; nullopt where its rank is not known, or the
  // attribute is absent.
  std::optional<PartialShape> shape(std::string_view key) const;

 private:
  JsonView value(std::string_view key, std::string_view kind) const;
  std::vector<JsonView> list(std::string_view key, std::string_view kind) const;

  const TfNode& node_;
};

// {"dim": [{"size": "-1"}, ...]} as a shape; nullopt where it says unknownRank.
std::optional<PartialShape> read_tensor_shape(const JsonView& object);
// "DT_FLOAT", or its number. Throws Error for types that twingrad does not have.
DataType read_tensor_type(const JsonView& value);
// A whole number, as protobuf writes one of 64 bits: in a string.
int64_t read_whole_number(const JsonView& value);

}  // namespace twingrad
