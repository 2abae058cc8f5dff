#include "importers/onnx/wire_error.h"

#include <cstdint>
#include <optional>

#include "importers/onnx/parse.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Walks the fields of a message, and of the messages in it, until one of them cannot be.
class WireScan {
 public:
  explicit WireScan(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::optional<std::string> message(size_t end, const Descriptor* descriptor, int depth) {
    if (depth > kProtobufDepth) return "subgraph nesting exceeds limit 33";
    while (position_ < end) {
      const size_t start = position_;
      const auto tag = varint(end);
      if (!tag) return broken(0, start, end);
      const auto number = static_cast<int>(*tag >> 3);
      if (number == 0 || *tag >> 3 > FieldDescriptor::kMaxNumber) return malformed(number, start);
      if (auto problem = field(number, static_cast<int>(*tag & 7), start, end, descriptor, depth)) {
        return problem;
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> field(int number, int wire_type, size_t start, size_t end,
                                   const Descriptor* descriptor, int depth) {
    size_t length = 0;
    if (wire_type == 0) {
      if (!varint(end)) return broken(number, start, end);
      return std::nullopt;
    }
    if (wire_type == 1 || wire_type == 5) {
      length = wire_type == 1 ? 8 : 4;
    } else if (wire_type == 2) {
      const auto declared = varint(end);
      if (!declared) return broken(number, start, end);
      length = *declared;
    } else {
      return malformed(number, start);
    }
    if (length > end - position_) return broken(number, start, end);
    const size_t stop = position_ + length;
    const FieldDescriptor* known =
        descriptor != nullptr ? descriptor->FindFieldByNumber(number) : nullptr;
    if (wire_type == 2 && known != nullptr && known->type() == FieldDescriptor::TYPE_MESSAGE) {
      if (auto problem = message(stop, known->message_type(), depth + 1)) return problem;
    }
    position_ = stop;
    return std::nullopt;
  }

  // At most ten bytes; nullopt where they do not end.
  std::optional<uint64_t> varint(size_t end) {
    uint64_t value = 0;
    for (int shift = 0; shift < 70 && position_ < end; shift += 7) {
      const auto byte = static_cast<uint64_t>(bytes_[position_++]);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
  }

  // Something reaches beyond `end`: of the file, or of the message that it is in.
  std::string broken(int number, size_t start, size_t end) const {
    if (end == bytes_.size()) return join_text("truncated protobuf at byte ", end);
    return malformed(number, start);
  }

  static std::string malformed(int number, size_t start) {
    return join_text("malformed protobuf field ", number, " at byte ", start);
  }

  std::span<const std::byte> bytes_;
  size_t position_ = 0;
};

}  // namespace

std::string wire_error(std::span<const std::byte> bytes, const Descriptor& descriptor) {
  const auto problem = WireScan(bytes).message(bytes.size(), &descriptor, 1);
  return problem ? *problem : "malformed protobuf";
}

}  // namespace twingrad
