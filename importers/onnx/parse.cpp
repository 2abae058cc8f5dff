#include "importers/onnx/parse.h"

#include <google/protobuf/io/coded_stream.h>

#include <array>
#include <string_view>

#include "importers/onnx/wire_error.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int64_t kOldestIrVersion = 3;
constexpr int64_t kNewestIrVersion = 14;

struct Signature {
  std::string_view prefix;
  std::string_view kind;
};

constexpr std::array kSignatures = {
    Signature{"\x89PNG", "a PNG image"},
    Signature{"\xff\xd8\xff", "a JPEG image"},
    Signature{"version https://git-lfs", "a Git LFS pointer; fetch the file itself"},
    Signature{"PK\x03\x04", "a zip archive"},
    Signature{"\x1f\x8b", "a gzip file"},
    Signature{"\x89HDF", "an HDF5 file"},
    Signature{"\x93NUMPY", "a NumPy array"},
    Signature{"\x80\x02", "a Python pickle"},
    Signature{"\x7f"
              "ELF",
              "a program"},
    Signature{"%PDF", "a PDF document"},
    Signature{"<", "HTML or XML"},
    Signature{"{", "JSON"},
};

std::string_view kind_of(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Signature& signature : kSignatures) {
    if (text.starts_with(signature.prefix)) return signature.kind;
  }
  return {};
}

bool parse(std::span<const std::byte> bytes, google::protobuf::Message& message) {
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  stream.SetRecursionLimit(kProtobufDepth);
  return message.ParsePartialFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

}  // namespace

void parse_message(std::span<const std::byte> bytes, google::protobuf::Message& message) {
  check(bytes.size() <= kLargestProtobuf, "larger than 2 GiB");
  if (!parse(bytes, message)) fail(wire_error(bytes, *message.GetDescriptor()));
}

void parse_model(std::span<const std::byte> bytes, onnx::ModelProto& model) {
  check(!bytes.empty(), "empty file, expected ONNX ModelProto");
  check(bytes.size() <= kLargestProtobuf, "model larger than 2 GiB; use external data");
  const bool parsed = parse(bytes, model);
  if (!parsed || !model.has_graph()) {
    const std::string_view kind = kind_of(bytes);
    check(kind.empty(), "not an ONNX protobuf (looks like ", kind, ")");
  }
  if (!parsed) fail(wire_error(bytes, *model.GetDescriptor()));
  check(model.has_graph(), "not an ONNX model: no graph");
  check(model.has_ir_version(), "not an ONNX model: no IR version");
  check(model.ir_version() >= kOldestIrVersion && model.ir_version() <= kNewestIrVersion,
        "unsupported IR version ", model.ir_version(), " (supported ", kOldestIrVersion, "..",
        kNewestIrVersion, ")");
}

}  // namespace twingrad
