#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "importers/byte_cursor.h"
#include "importers/pt2/pickle.h"

namespace twingrad {

enum class PickleKind : uint8_t {
  kNone,
  kInteger,  // and booleans
  kReal,
  kText,
  kTuple,  // and lists
  kDict,
  kGlobal,   // `text` is "module name"
  kStorage,  // `text` is the key, `type` its element type
  kTensor,
};

// A thing on the stack. Items are numbers of things, so that nothing is copied and a pickle takes
// memory in proportion to its length.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  int64_t integer = 0;
  std::string text = {};
  DataType type = DataType::kUndefined;
  std::vector<uint32_t> items = {};  // of dicts: key, value, key, value
  PickledTensor tensor = {};
};

// Interprets the instructions one after the other.
class PickleMachine {
 public:
  explicit PickleMachine(std::span<const std::byte> pickle) : cursor_(pickle) {}

  // What is on the stack at the end.
  const PickleValue& run();
  const PickleValue& value(uint32_t number) const { return values_[number]; }

 private:
  bool step();  // false at the end
  bool push_number(uint8_t code);
  bool push_container(uint8_t code);
  bool fill_container(uint8_t code);
  bool remember(uint8_t code);
  void push(PickleValue value);
  uint32_t pop();
  std::vector<uint32_t> pop_to_mark();
  PickleValue& dict_on_top();
  void make_tuple(size_t count);
  void load_global();
  void load_persistent();
  void reduce();
  PickleValue call(const std::string& function, const std::vector<uint32_t>& arguments);
  PickleValue rebuilt_tensor(const std::vector<uint32_t>& arguments) const;
  std::vector<int64_t> integers(uint32_t number) const;
  int64_t integer(uint32_t number) const;
  uint32_t length32() { return cursor_.u32(); }
  uint8_t byte() { return static_cast<uint8_t>(cursor_.bytes(1)[0]); }
  std::string line();

  ByteCursor cursor_;
  std::vector<PickleValue> values_;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;
  std::map<uint32_t, uint32_t> memo_;
};

}  // namespace twingrad
