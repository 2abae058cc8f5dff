#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace twingrad {

// The one exception of the product. Its text is one line without a full stop. Low levels say what
// is wrong ("shapes [2,3] and [2,3] do not multiply"); the outer level adds where with `at`.
class Error : public std::runtime_error {
 public:
  // kInvalid: bad input or usage (exit code 2). kUnsupported: valid, but nothing here does it (3).
  enum class Kind { kInvalid, kUnsupported };

  explicit Error(const std::string& what, Kind kind = Kind::kInvalid)
      : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

  // The same error with a place in front: "model.onnx: node 'a': shapes ...".
  Error at(std::string_view place) const {
    return Error(std::string(place) + ": " + what(), kind_);
  }

 private:
  Kind kind_;
};

template <typename... Parts>
std::string join_text(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <typename... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(join_text(parts...));
}

template <typename... Parts>
[[noreturn]] void fail_unsupported(const Parts&... parts) {
  throw Error(join_text(parts...), Error::Kind::kUnsupported);
}

// For everything that a user's file or flag can get wrong; `assert` is for our own invariants.
template <typename... Parts>
void check(bool condition, const Parts&... parts) {
  if (!condition) fail(parts...);
}

// A name of foreign origin for a message: control characters escaped, at most 120 bytes.
std::string quoted_name(std::string_view name);

}  // namespace twingrad
