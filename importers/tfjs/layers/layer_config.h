#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/json_text.h"

namespace twingrad {

// The settings of a Keras layer. Each is absent or null, then the fallback is the answer, or has
// the kind that is asked for, else an Error with the path is thrown; without a fallback it must be
// there.
class LayerConfig {
 public:
  explicit LayerConfig(const JsonView& view) : view_(view) {}

  const JsonView& view() const { return view_; }
  std::optional<JsonView> find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key).has_value(); }
  bool flag(std::string_view key, bool fallback) const;
  int64_t integer(std::string_view key, std::optional<int64_t> fallback = std::nullopt) const;
  double real(std::string_view key, std::optional<double> fallback = std::nullopt) const;
  std::string text(std::string_view key, std::string_view fallback) const;
  // A list, or one number for a list of equal ones.
  std::vector<int64_t> integers(std::string_view key, size_t count,
                                std::optional<int64_t> fallback = std::nullopt) const;
  // An activation by name: a string, or an object with a class_name.
  std::string activation(std::string_view key, std::string_view fallback) const;

 private:
  JsonView view_;
};

}  // namespace twingrad
