#include "importers/onnx/attribute_reader.h"

#include "importers/onnx/type_reader.h"
#include "importers/onnx/unknown_fields.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Proto = onnx::AttributeProto;

unsigned bit(int type) {
  return 1U << type;
}

// The types of which the attribute holds something.
unsigned payloads(const Proto& proto) {
  unsigned found = 0;
  const auto note = [&found](bool present, int type) { found |= present ? bit(type) : 0; };
  note(proto.has_f(), Proto::FLOAT);
  note(proto.has_i(), Proto::INT);
  note(proto.has_s(), Proto::STRING);
  note(proto.has_t(), Proto::TENSOR);
  note(proto.has_g(), Proto::GRAPH);
  note(proto.has_sparse_tensor(), Proto::SPARSE_TENSOR);
  note(proto.has_tp(), Proto::TYPE_PROTO);
  note(!proto.floats().empty(), Proto::FLOATS);
  note(!proto.ints().empty(), Proto::INTS);
  note(!proto.strings().empty(), Proto::STRINGS);
  note(!proto.tensors().empty(), Proto::TENSORS);
  note(!proto.graphs().empty(), Proto::GRAPHS);
  note(!proto.sparse_tensors().empty(), Proto::SPARSE_TENSORS);
  note(!proto.type_protos().empty(), Proto::TYPE_PROTOS);
  return found;
}

// Scalars may be left out where they are zero, as proto3 writers do; these may not.
bool must_be_present(int type) {
  return type == Proto::TENSOR || type == Proto::GRAPH || type == Proto::SPARSE_TENSOR ||
         type == Proto::TYPE_PROTO;
}

template <typename Result, typename Field, typename Read>
std::vector<Result> list(const Field& field, Read read) {
  std::vector<Result> result;
  result.reserve(static_cast<size_t>(field.size()));
  for (const auto& item : field) result.push_back(read(item));
  return result;
}

AttributeValue read_value(const Proto& proto, TensorReader& tensors,
                          const ReadNestedGraph& read_graph) {
  switch (proto.type()) {
    case Proto::FLOAT:
      return proto.f();
    case Proto::INT:
      return int64_t{proto.i()};
    case Proto::STRING:
      return proto.s();
    case Proto::TENSOR:
      return tensors.read(proto.t());
    case Proto::GRAPH:
      return read_graph(proto.g());
    case Proto::SPARSE_TENSOR:
      return tensors.read(proto.sparse_tensor());
    case Proto::TYPE_PROTO:
      return read_type(proto.tp());
    case Proto::FLOATS:
      return std::vector<float>(proto.floats().begin(), proto.floats().end());
    case Proto::INTS:
      return std::vector<int64_t>(proto.ints().begin(), proto.ints().end());
    case Proto::STRINGS:
      return std::vector<std::string>(proto.strings().begin(), proto.strings().end());
    case Proto::TENSORS:
      return list<Tensor>(proto.tensors(), [&](const auto& t) { return tensors.read(t); });
    case Proto::GRAPHS:
      return list<GraphPointer>(proto.graphs(), read_graph);
    case Proto::SPARSE_TENSORS:
      return list<SparseTensor>(proto.sparse_tensors(),
                                [&](const auto& t) { return tensors.read(t); });
    case Proto::TYPE_PROTOS:
      return list<Type>(proto.type_protos(), read_type);
    default:
      fail("has no type");
  }
}

}  // namespace

AttributeValue read_attribute(const Proto& proto, TensorReader& tensors,
                              const ReadNestedGraph& read_graph) {
  try {
    check_unknown_fields(proto);
    check(proto.has_type() && proto.type() != Proto::UNDEFINED, "has no type");
    const unsigned found = payloads(proto);
    if (!proto.ref_attr_name().empty()) {
      check(found == 0, "refers to ", quoted_name(proto.ref_attr_name()), " and has a value");
      return AttributeReference{proto.ref_attr_name(), static_cast<AttributeType>(proto.type())};
    }
    check((found & ~bit(proto.type())) == 0, "is of type ",
          attribute_type_name(static_cast<AttributeType>(proto.type())),
          " and holds a value of another type");
    check(!must_be_present(proto.type()) || found != 0, "has no value");
    return read_value(proto, tensors, read_graph);
  } catch (const Error& error) {
    throw error.at("attribute " + quoted_name(proto.name()));
  }
}

}  // namespace twingrad
