#include "importers/onnx/test_data.h"

#include <dirent.h>
#include <onnx/onnx-data_pb.h>

#include <charconv>
#include <memory>
#include <set>

#include "importers/confined_file.h"
#include "importers/onnx/parse.h"
#include "importers/onnx/tensor_reader.h"
#include "importers/onnx/unknown_fields.h"
#include "ir/error.h"
#include "ir/precision.h"

namespace twingrad {
namespace {

// The numbers N of the files "STEM_N.pb".
std::set<size_t> numbers_of(const std::string& folder, std::string_view stem) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(folder.c_str()), closedir);
  check(listing != nullptr, folder, ": cannot be listed");
  std::set<size_t> numbers;
  while (const dirent* entry = readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(stem) || !name.ends_with(".pb")) continue;
    const std::string_view digits = name.substr(stem.size(), name.size() - stem.size() - 3);
    size_t number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, problem] = std::from_chars(digits.data(), end, number);
    if (problem == std::errc() && stop == end) numbers.insert(number);
  }
  return numbers;
}

size_t count_files(const std::string& folder, std::string_view stem) {
  const std::set<size_t> numbers = numbers_of(folder, stem);
  if (!numbers.empty() && *numbers.rbegin() != numbers.size() - 1) {
    size_t gap = 0;
    while (numbers.contains(gap)) ++gap;
    fail(folder, ": ", stem, gap, ".pb is missing, there is ", stem, *numbers.rbegin(), ".pb");
  }
  return numbers.size();
}

template <typename Proto>
Proto parsed(std::span<const std::byte> bytes) {
  Proto proto;
  parse_message(bytes, proto);
  check_unknown_fields(proto);
  return proto;
}

class DatumReader {
 public:
  DatumReader(size_t bytes, std::optional<DataType> precision)
      : tensors_(ExternalData(""), bytes), precision_(precision) {}

  Datum read(std::span<const std::byte> bytes, const Type& type) {
    switch (type.kind) {
      case Type::Kind::kTensor:
        return tensor(parsed<onnx::TensorProto>(bytes), type);
      case Type::Kind::kSequence:
        return sequence(parsed<onnx::SequenceProto>(bytes), type);
      case Type::Kind::kOptional:
        return optional(parsed<onnx::OptionalProto>(bytes), type);
      default:
        fail_unsupported("test data of type ", type, " is not supported");
    }
  }

 private:
  Datum tensor(const onnx::TensorProto& proto, const Type& type) {
    Tensor tensor = tensors_.read(proto);
    if (precision_) tensor = with_precision(tensor, *precision_);
    intersection_of(type, Type::tensor(tensor.type(), PartialShape(tensor.shape())));
    return Datum(std::move(tensor));
  }

  Datum sequence(const onnx::SequenceProto& proto, const Type& type) {
    Sequence items;
    const Type& item = *type.item;
    if (item.is_tensor()) {
      expect(proto.elem_type(), onnx::SequenceProto::TENSOR);
      for (const auto& entry : proto.tensor_values()) items.push_back(tensor(entry, item));
    } else if (item.kind == Type::Kind::kSequence) {
      expect(proto.elem_type(), onnx::SequenceProto::SEQUENCE);
      for (const auto& entry : proto.sequence_values()) items.push_back(sequence(entry, item));
    } else {
      fail_unsupported("test data of type ", type, " is not supported");
    }
    return Datum(std::move(items));
  }

  Datum optional(const onnx::OptionalProto& proto, const Type& type) {
    if (proto.elem_type() == onnx::OptionalProto::UNDEFINED) return {};
    const Type& item = *type.item;
    if (item.is_tensor()) {
      expect(proto.elem_type(), onnx::OptionalProto::TENSOR);
      return tensor(proto.tensor_value(), item);
    }
    if (item.kind == Type::Kind::kSequence) {
      expect(proto.elem_type(), onnx::OptionalProto::SEQUENCE);
      return sequence(proto.sequence_value(), item);
    }
    fail_unsupported("test data of type ", type, " is not supported");
  }

  static void expect(int found, int wanted) {
    check(found == wanted, "holds items of kind ", found, ", expected ", wanted);
  }

  TensorReader tensors_;
  std::optional<DataType> precision_;
};

NamedDatum read_one(const Folder& folder, const std::string& file, const Value& value,
                    std::optional<DataType> precision) {
  try {
    const InputFile input = folder.open(file);
    check(input.size() <= kLargestProtobuf, "larger than 2 GiB");
    const auto bytes = input.read(0, input.size());
    return {value.name, DatumReader(bytes.size(), precision).read(bytes, value.type)};
  } catch (const Error& error) {
    throw error.at(folder.path() + "/" + file + " (" + quoted_name(value.name) + ")");
  }
}

// The inputs that the files are for: all, or those that have no default.
std::vector<ValueId> fed_inputs(const Graph& graph, size_t files) {
  std::vector<ValueId> required;
  for (const ValueId id : graph.inputs()) {
    if (!graph.value(id).data) required.push_back(id);
  }
  return files == required.size() ? required : graph.inputs();
}

}  // namespace

std::vector<NamedDatum> read_test_inputs(const std::string& path, const Graph& graph,
                                         std::optional<DataType> precision) {
  const Folder folder(path);
  const size_t count = count_files(path, "input_");
  const std::vector<ValueId> inputs = fed_inputs(graph, count);
  check(count <= inputs.size(), path, ": ", count, " input files, the graph has ", inputs.size(),
        " inputs");
  std::vector<NamedDatum> data;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Value& value = graph.value(inputs[i]);
    if (i < count) {
      data.push_back(read_one(folder, "input_" + std::to_string(i) + ".pb", value, precision));
    } else {
      check(value.data.has_value(), path, ": no file for input ", quoted_name(value.name));
    }
  }
  return data;
}

std::vector<NamedDatum> read_test_outputs(const std::string& path, const Graph& graph,
                                          std::optional<DataType> precision) {
  const Folder folder(path);
  const size_t count = count_files(path, "output_");
  check(count == graph.outputs().size(), path, ": ", count, " output files, the graph has ",
        graph.outputs().size(), " outputs");
  std::vector<NamedDatum> data;
  for (size_t i = 0; i < count; ++i) {
    const Value& value = graph.value(graph.outputs()[i]);
    data.push_back(read_one(folder, "output_" + std::to_string(i) + ".pb", value, precision));
  }
  return data;
}

}  // namespace twingrad
