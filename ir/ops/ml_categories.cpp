#include "ir/domains.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

// Categories and maps of ai.onnx.ml as tensors.

// --- CategoryMapper: a LabelEncoder in both directions

void infer_category_mapper(InferContext& context) {
  for (const char* name : {"cats_int64s", "cats_strings"}) {
    check(context.attributes().has(name), "needs the attribute '", name, "'");
  }
  const bool to_number = context.input(0).element == DataType::kString;
  context.set_element(0, to_number ? DataType::kInt64 : DataType::kString);
  if (context.shape(0) != nullptr) context.set_shape(0, *context.shape(0));
}

std::vector<ValueId> expand_category_mapper(Builder& builder, const Node& node,
                                            std::span<const ValueId> inputs) {
  const bool to_number = builder.type(inputs[0]).element == DataType::kString;
  const std::string texts = to_number ? "keys_strings" : "values_strings";
  const std::string numbers = to_number ? "values_int64s" : "keys_int64s";
  Attributes attributes = {{"default_int64", node.attributes.integer("default_int64")},
                           {"default_string", node.attributes.text("default_string")},
                           {texts, *node.attributes.find("cats_strings")},
                           {numbers, *node.attributes.find("cats_int64s")}};
  return {builder.emit_one("LabelEncoder", {inputs[0]}, std::move(attributes), kMlDomain)};
}

// --- OneHotEncoder

void infer_one_hot_encoder(InferContext& context) {
  const Attributes& attributes = context.attributes();
  const bool texts = context.input(0).element == DataType::kString;
  const char* name = texts ? "cats_strings" : "cats_int64s";
  check(attributes.has(name), "needs the attribute '", name, "'");
  const size_t count = texts ? attributes.get<std::vector<std::string>>(name).size()
                             : attributes.integers(name).size();
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  PartialShape result = *shape;
  result.append(Dimension(static_cast<int64_t>(count)));
  context.set_shape(0, std::move(result));
}

// --- Maps

const Type& map_type(const InferContext& context) {
  const Type& type = context.input(0);
  check(type.kind == Type::Kind::kMap, "the input must be a map, it is ", type);
  return type;
}

void infer_cast_map(InferContext& context) {
  const Type& map = map_type(context);
  check(map.element == DataType::kInt64, "the keys of the map must be int64, they are ",
        data_type_name(map.element));
  const std::string& form = context.attributes().text("map_form");
  check(form == "DENSE" || form == "SPARSE", "attribute 'map_form' must be DENSE or SPARSE, found ",
        quoted_name(form));
  const std::string& to = context.attributes().text("cast_to");
  check(to == "TO_FLOAT" || to == "TO_STRING" || to == "TO_INT64",
        "attribute 'cast_to' must be TO_FLOAT, TO_STRING or TO_INT64, found ", quoted_name(to));
  const DataType element = to == "TO_FLOAT"    ? DataType::kFloat
                           : to == "TO_STRING" ? DataType::kString
                                               : DataType::kInt64;
  const int64_t most = context.attributes().integer("max_map");
  check(most >= 0, "attribute 'max_map' is ", most);
  const Dimension count = form == "SPARSE" ? Dimension(most) : Dimension();
  context.set_type(0, Type::tensor(element, PartialShape{1, count}));
}

void infer_dict_vectorizer(InferContext& context) {
  const Type& map = map_type(context);
  const Attributes& attributes = context.attributes();
  const bool texts = map.element == DataType::kString;
  const char* name = texts ? "string_vocabulary" : "int64_vocabulary";
  check(attributes.has(name), "needs the attribute '", name, "' for keys of type ",
        data_type_name(map.element));
  const size_t count = texts ? attributes.get<std::vector<std::string>>(name).size()
                             : attributes.integers(name).size();
  context.set_type(0, Type::tensor(leaf_type(*map.item).element,
                                   PartialShape{1, Dimension(static_cast<int64_t>(count))}));
}

}  // namespace

std::vector<OpRow> ml_category_ops() {
  const TypeSet labels = TypeSet{DataType::kInt64} | kStringType;
  return {
      {.name = "CategoryMapper",
       .signature = "X:T1 -> Y:T2",
       .types = {{"T1", labels}, {"T2", labels}},
       .attributes = {optional("cats_int64s", AttributeType::kInts),
                      optional("cats_strings", AttributeType::kStrings),
                      defaulted("default_int64", int64_t{-1}),
                      defaulted("default_string", std::string("_Unused"))},
       .infer = infer_category_mapper,
       .expand = expand_category_mapper,
       .domain = kMlDomain},
      {.name = "OneHotEncoder",
       .signature = "X:T -> Y:float",
       .types = {{"T",
                  TypeSet{DataType::kFloat, DataType::kDouble, DataType::kInt32, DataType::kInt64} |
                      kStringType}},
       .attributes = {optional("cats_int64s", AttributeType::kInts),
                      optional("cats_strings", AttributeType::kStrings),
                      defaulted("zeros", int64_t{1})},
       .infer = infer_one_hot_encoder,
       .domain = kMlDomain},
      {.name = "CastMap",
       .signature = "X:any -> Y:any",
       .types = {},
       .attributes = {defaulted("cast_to", std::string("TO_FLOAT")),
                      defaulted("map_form", std::string("DENSE")),
                      defaulted("max_map", int64_t{1})},
       .infer = infer_cast_map,
       .domain = kMlDomain},
      {.name = "DictVectorizer",
       .signature = "X:any -> Y:any",
       .types = {},
       .attributes = {optional("int64_vocabulary", AttributeType::kInts),
                      optional("string_vocabulary", AttributeType::kStrings)},
       .infer = infer_dict_vectorizer,
       .domain = kMlDomain},
  };
}

}  // namespace twingrad
