#include "exporters/onnx/external_tensors.h"

#include "exporters/atomic_file.h"
#include "exporters/stored_bytes.h"

namespace twingrad {
namespace {

constexpr uint64_t kAlignment = 4096;

uint64_t aligned(uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

uint64_t stored_length(const Tensor& tensor) {
  const auto bits = static_cast<uint64_t>(stored_bits(tensor.type()));
  return (static_cast<uint64_t>(tensor.element_count()) * bits + 7) / 8;
}

void add_entry(onnx::TensorProto& proto, const char* key, std::string value) {
  auto& entry = *proto.add_external_data();
  entry.set_key(key);
  entry.set_value(std::move(value));
}

}  // namespace

bool ExternalTensors::take(const Tensor& tensor, onnx::TensorProto& proto) {
  if (tensor.type() == DataType::kString) return false;
  const uint64_t length = stored_length(tensor);
  if (length == 0 || length < threshold_) return false;
  const uint64_t offset = aligned(end_);
  parts_.push_back({offset, tensor});
  end_ = offset + length;
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
  add_entry(proto, "location", location_);
  add_entry(proto, "offset", std::to_string(offset));
  add_entry(proto, "length", std::to_string(length));
  return true;
}

void ExternalTensors::write(const std::string& path) const {
  AtomicFile file(path);
  uint64_t end = 0;
  for (const Part& part : parts_) {
    const std::vector<std::byte> gap(part.offset - end);
    file.write(gap);
    if (stored_bits(part.tensor.type()) < 8) {
      file.write(stored_bytes(part.tensor));
    } else {
      file.write(part.tensor.bytes());
    }
    end = part.offset + stored_length(part.tensor);
  }
  file.commit();
}

}  // namespace twingrad
