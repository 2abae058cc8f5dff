#include <climits>

#include "backends/reference/element_map.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

template <typename Function>
void binary_integers(const ElementRun& run) {
  dispatch_integers(run.type, [&]<typename T>() { map_two_runs<T>(run, Function()); });
}

void complement(const ElementRun& run) {
  dispatch_integers(run.type,
                    [&]<typename T>() { map_run<T>(run, [](T x) { return static_cast<T>(~x); }); });
}

// A shift by a negative number of bits, or by all of them, leaves what fills in: copies of the sign
// to the right of a negative number, else zeros.
template <typename T>
T shifted(T x, T bits, bool left) {
  constexpr int kWidth = static_cast<int>(sizeof(T)) * CHAR_BIT;
  if (bits < T{0} || static_cast<uint64_t>(bits) >= static_cast<uint64_t>(kWidth)) {
    return !left && x < T{0} ? static_cast<T>(-1) : T{0};
  }
  const int count = static_cast<int>(static_cast<std::make_unsigned_t<T>>(bits));
  if (!left) return static_cast<T>(x >> count);
  return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) << count);
}

void shift(const ElementRun& run) {
  const bool left = run.node.attributes.text("direction") == "LEFT";
  dispatch_integers(run.type, [&]<typename T>() {
    map_two_runs<T>(run, [left](T x, T bits) { return shifted(x, bits, left); });
  });
}

// An element below a byte is held in one, signed integers with their sign extended: only its own
// bits count, and they are held as the new type holds them.
uint8_t held_bits(uint8_t byte, DataType to) {
  if (to == DataType::kBool) return byte != 0 ? 1 : 0;
  const int bits = stored_bits(to);
  if (bits == CHAR_BIT) return byte;
  const int low = byte & ((1 << bits) - 1);
  const bool negative = is_signed_integer(to) && (low >> (bits - 1)) != 0;
  return static_cast<uint8_t>(negative ? low - (1 << bits) : low);
}

void bit_cast(const ElementRun& run) {
  if (element_size(run.output_type) == 1) {
    return map_run<uint8_t>(run, [&run](uint8_t byte) { return held_bits(byte, run.output_type); });
  }
  dispatch_sizes(run.output_type, [&]<typename T>() {
    const auto* x = static_cast<const T*>(run.inputs[0]);
    auto* y = static_cast<T*>(run.output);
    for (int64_t i = 0; i < run.count; ++i) y[i] = x[i * run.strides[0]];
  });
}

struct BitAnd {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(a & b);
  }
};
struct BitOr {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(a | b);
  }
};
struct BitXor {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(a ^ b);
  }
};

}  // namespace

std::vector<KernelRow> reference_bits_kernels() {
  return {
      {.op = "BitwiseAnd", .types = kIntegerTypes, .elements = binary_integers<BitAnd>},
      {.op = "BitwiseOr", .types = kIntegerTypes, .elements = binary_integers<BitOr>},
      {.op = "BitwiseXor", .types = kIntegerTypes, .elements = binary_integers<BitXor>},
      {.op = "BitwiseNot", .types = kIntegerTypes, .elements = complement},
      {.op = "BitShift", .types = kIntegerTypes, .elements = shift},
      {.op = "BitCast", .types = kAllTypes, .elements = bit_cast},
  };
}

}  // namespace twingrad
