#include "importers/pt2/pickle_machine.h"

#include <array>

#include "ir/error.h"

namespace twingrad {
namespace {

struct StorageRow {
  std::string_view name;
  DataType type;
};

constexpr std::array kStorages = {
    StorageRow{"FloatStorage", DataType::kFloat},
    StorageRow{"DoubleStorage", DataType::kDouble},
    StorageRow{"HalfStorage", DataType::kFloat16},
    StorageRow{"BFloat16Storage", DataType::kBfloat16},
    StorageRow{"LongStorage", DataType::kInt64},
    StorageRow{"IntStorage", DataType::kInt32},
    StorageRow{"ShortStorage", DataType::kInt16},
    StorageRow{"CharStorage", DataType::kInt8},
    StorageRow{"ByteStorage", DataType::kUint8},
    StorageRow{"BoolStorage", DataType::kBool},
    StorageRow{"ComplexFloatStorage", DataType::kComplex64},
    StorageRow{"ComplexDoubleStorage", DataType::kComplex128},
};

constexpr std::string_view kOrderedDict = "collections OrderedDict";
constexpr std::string_view kRebuildTensor = "torch._utils _rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils _rebuild_parameter";

DataType storage_type(std::string_view global) {
  for (const StorageRow& row : kStorages) {
    if (global == "torch " + std::string(row.name)) return row.type;
  }
  return DataType::kUndefined;
}

bool is_known_global(std::string_view global) {
  return global == kOrderedDict || global == kRebuildTensor || global == kRebuildParameter ||
         storage_type(global) != DataType::kUndefined;
}

}  // namespace

void PickleMachine::push(PickleValue value) {
  stack_.push_back(static_cast<uint32_t>(values_.size()));
  values_.push_back(std::move(value));
}

uint32_t PickleMachine::pop() {
  const size_t floor = marks_.empty() ? 0 : marks_.back();
  check(stack_.size() > floor, "nothing is on the stack");
  const uint32_t number = stack_.back();
  stack_.pop_back();
  return number;
}

std::vector<uint32_t> PickleMachine::pop_to_mark() {
  check(!marks_.empty(), "no mark is on the stack");
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<uint32_t> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return items;
}

PickleValue& PickleMachine::dict_on_top() {
  check(!stack_.empty() && values_[stack_.back()].kind == PickleKind::kDict,
        "items for what is no dict");
  return values_[stack_.back()];
}

void PickleMachine::make_tuple(size_t count) {
  PickleValue tuple{.kind = PickleKind::kTuple};
  tuple.items.resize(count);
  for (size_t i = count; i > 0; --i) tuple.items[i - 1] = pop();
  push(std::move(tuple));
}

std::string PickleMachine::line() {
  std::string text;
  for (char c = static_cast<char>(byte()); c != '\n'; c = static_cast<char>(byte())) text += c;
  return text;
}

void PickleMachine::load_global() {
  const std::string module = line();
  std::string global = module + " " + line();
  if (!is_known_global(global)) {
    fail_unsupported("the pickle names ", quoted_name(global), ", which is not run");
  }
  push({.kind = PickleKind::kGlobal, .text = std::move(global)});
}

// ('storage', type, key, device, number of elements) becomes a storage.
void PickleMachine::load_persistent() {
  const PickleValue& id = values_[pop()];
  check(id.kind == PickleKind::kTuple && id.items.size() == 5 &&
            values_[id.items[0]].kind == PickleKind::kText &&
            values_[id.items[0]].text == "storage",
        "a persistent id that is no storage");
  const PickleValue& type = values_[id.items[1]];
  const PickleValue& key = values_[id.items[2]];
  const DataType element = storage_type(type.text);
  check(type.kind == PickleKind::kGlobal && element != DataType::kUndefined &&
            key.kind == PickleKind::kText,
        "a storage without type or key");
  push({.kind = PickleKind::kStorage, .text = key.text, .type = element});
}

int64_t PickleMachine::integer(uint32_t number) const {
  check(values_[number].kind == PickleKind::kInteger, "expected an integer");
  return values_[number].integer;
}

std::vector<int64_t> PickleMachine::integers(uint32_t number) const {
  const PickleValue& tuple = values_[number];
  check(tuple.kind == PickleKind::kTuple, "expected a tuple of integers");
  std::vector<int64_t> result;
  for (const uint32_t item : tuple.items) result.push_back(integer(item));
  return result;
}

// (storage, offset, sizes, strides, requires_grad, hooks)
PickleValue PickleMachine::rebuilt_tensor(const std::vector<uint32_t>& arguments) const {
  check(arguments.size() >= 6, "a tensor of ", arguments.size(), " parts, expected 6");
  const PickleValue& storage = values_[arguments[0]];
  check(storage.kind == PickleKind::kStorage, "a tensor without a storage");
  PickleValue result{.kind = PickleKind::kTensor};
  result.tensor.storage = storage.text;
  result.tensor.layout = {storage.type, Shape(integers(arguments[2])), integers(arguments[3]),
                          integer(arguments[1])};
  return result;
}

PickleValue PickleMachine::call(const std::string& function,
                                const std::vector<uint32_t>& arguments) {
  if (function == kRebuildTensor) return rebuilt_tensor(arguments);
  if (function == kRebuildParameter) {
    check(!arguments.empty() && values_[arguments[0]].kind == PickleKind::kTensor,
          "a parameter without a tensor");
    return values_[arguments[0]];
  }
  check(function == kOrderedDict && arguments.empty(), "a call of ", quoted_name(function));
  return {.kind = PickleKind::kDict};
}

void PickleMachine::reduce() {
  const PickleValue& arguments = values_[pop()];
  const PickleValue& function = values_[pop()];
  check(function.kind == PickleKind::kGlobal && arguments.kind == PickleKind::kTuple,
        "a call of what is no function");
  push(call(function.text, std::vector<uint32_t>(arguments.items)));
}

bool PickleMachine::push_number(uint8_t code) {
  switch (code) {
    case 'J':
      push({.kind = PickleKind::kInteger, .integer = static_cast<int32_t>(cursor_.u32())});
      return true;
    case 'K':
      push({.kind = PickleKind::kInteger, .integer = byte()});
      return true;
    case 'M':
      push({.kind = PickleKind::kInteger, .integer = cursor_.u16()});
      return true;
    case 0x88:
    case 0x89:
      push({.kind = PickleKind::kInteger, .integer = code == 0x88});
      return true;
    case 'G':
      (void)cursor_.u64();
      push({.kind = PickleKind::kReal});
      return true;
    case 0x8a: {
      const uint8_t length = byte();
      check(length <= 8, "an integer of ", int{length}, " bytes");
      uint64_t bits = 0;
      for (uint8_t i = 0; i < length; ++i) bits |= uint64_t{byte()} << (8 * i);
      const int unused = 64 - 8 * length;
      const int64_t value = length == 0 ? 0 : static_cast<int64_t>(bits << unused) >> unused;
      push({.kind = PickleKind::kInteger, .integer = value});
      return true;
    }
    default:
      return false;
  }
}

bool PickleMachine::push_container(uint8_t code) {
  switch (code) {
    case 'N':
      push({});
      return true;
    case '}':
      push({.kind = PickleKind::kDict});
      return true;
    case ')':
    case ']':
      push({.kind = PickleKind::kTuple});
      return true;
    case 'X':
      push({.kind = PickleKind::kText, .text = std::string(cursor_.text(length32()))});
      return true;
    case '(':
      marks_.push_back(stack_.size());
      return true;
    case 't': {
      PickleValue tuple{.kind = PickleKind::kTuple};
      tuple.items = pop_to_mark();
      push(std::move(tuple));
      return true;
    }
    case 0x85:
    case 0x86:
    case 0x87:
      make_tuple(code - 0x84U);
      return true;
    default:
      return false;
  }
}

bool PickleMachine::fill_container(uint8_t code) {
  if (code == 'u' || code == 's') {
    std::vector<uint32_t> items;
    if (code == 'u') {
      items = pop_to_mark();
    } else {
      const uint32_t item = pop();
      items = {pop(), item};
    }
    check(items.size() % 2 == 0, "a key without a value");
    PickleValue& dict = dict_on_top();
    dict.items.insert(dict.items.end(), items.begin(), items.end());
    return true;
  }
  if (code == 'b') {  // attributes of a dict: nothing of a tensor's
    (void)pop();
    (void)dict_on_top();
    return true;
  }
  return false;
}

bool PickleMachine::remember(uint8_t code) {
  if (code == 'q' || code == 'r') {
    check(!stack_.empty(), "nothing is on the stack");
    memo_[code == 'q' ? byte() : length32()] = stack_.back();
    return true;
  }
  if (code == 'h' || code == 'j') {
    const auto found = memo_.find(code == 'h' ? byte() : length32());
    check(found != memo_.end(), "refers to what was not remembered");
    stack_.push_back(found->second);
    return true;
  }
  return false;
}

bool PickleMachine::step() {
  const uint8_t code = byte();
  if (code == '.') return false;
  if (push_number(code) || push_container(code) || fill_container(code) || remember(code)) {
    return true;
  }
  switch (code) {
    case 'c':
      load_global();
      return true;
    case 'Q':
      load_persistent();
      return true;
    case 'R':
      reduce();
      return true;
    default:
      fail_unsupported("instruction ", int{code}, " is not known");
  }
}

const PickleValue& PickleMachine::run() {
  check(byte() == 0x80 && byte() == 2, "no pickle of protocol 2");
  uint64_t start = cursor_.offset();
  try {
    while (step()) start = cursor_.offset();
  } catch (const Error& error) {
    throw error.at(join_text("pickle at byte ", start));
  }
  check(stack_.size() == 1 && marks_.empty(), "the pickle leaves ", stack_.size(), " values");
  return values_[stack_.back()];
}

std::vector<std::pair<std::string, PickledTensor>> read_pickled_tensors(
    std::span<const std::byte> pickle) {
  PickleMachine machine(pickle);
  const PickleValue& dict = machine.run();
  check(dict.kind == PickleKind::kDict, "the pickle holds no dict");
  std::vector<std::pair<std::string, PickledTensor>> tensors;
  for (size_t i = 0; i < dict.items.size(); i += 2) {
    const PickleValue& key = machine.value(dict.items[i]);
    const PickleValue& value = machine.value(dict.items[i + 1]);
    check(key.kind == PickleKind::kText, "a key of the pickled dict is no text");
    if (value.kind != PickleKind::kTensor) {
      fail_unsupported(quoted_name(key.text), " is no tensor");
    }
    tensors.emplace_back(key.text, value.tensor);
  }
  return tensors;
}

}  // namespace twingrad
