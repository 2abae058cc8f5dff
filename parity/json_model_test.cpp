#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "exporters/json/model_writer.h"
#include "exporters/onnx/onnx.h"
#include "importers/json/model_reader.h"
#include "importers/onnx/onnx.h"
#include "ir/builder.h"
#include "ir/error.h"
#include "ir/random.h"
#include "ir/same_model.h"
#include "ir/test_folder.h"

namespace twingrad {
namespace {

// The reader and the writer of the JSON model form know nothing of each other; here they meet.

std::string round_trip_difference(const Model& model, int64_t inline_limit = kMostInlineElements) {
  const TestFolder folder;
  write_json_model(model, folder.path("model.json"), inline_limit);
  const Model read = read_json_model_file(folder.path("model.json"));
  write_json_model(read, folder.path("again.json"), inline_limit);
  std::string again = folder.read("again.json");
  for (size_t at = 0; (at = again.find("again.safetensors", at)) != std::string::npos;) {
    again.replace(at, 5, "model");
  }
  EXPECT_EQ(again, folder.read("model.json"));
  std::string found = difference(model, read);
  if (!found.empty()) found += "\n" + folder.read("model.json");
  return found;
}

Tensor random_tensor(DataType type, const Shape& shape, uint64_t seed) {
  Tensor tensor(type, shape);
  const RandomStream stream(seed, static_cast<uint64_t>(type));
  if (type == DataType::kString) {
    for (size_t i = 0; i < tensor.strings().size(); ++i) {
      tensor.strings()[i] = std::string(i % 3, static_cast<char>(stream.bits(i))) + "\"\n\\";
    }
    return tensor;
  }
  auto* bytes = tensor.data<uint8_t>();
  for (size_t i = 0; i < tensor.byte_size(); ++i) bytes[i] = static_cast<uint8_t>(stream.bits(i));
  const int bits = stored_bits(type);
  if (bits >= 8 && type != DataType::kBool) return tensor;
  const int kept = type == DataType::kBool ? 1 : bits;
  for (size_t i = 0; i < tensor.byte_size(); ++i) {
    const auto low = static_cast<uint8_t>(bytes[i] & ((1 << kept) - 1));
    const int sign = is_signed_integer(type) ? 1 << (kept - 1) : 0;
    bytes[i] = static_cast<uint8_t>((low ^ sign) - sign);
  }
  return tensor;
}

TEST(JsonModel, KeepsEveryElementTypeBitForBitInlineAndBeside) {
  Model model;
  Builder builder(model.graph);
  for (int number = 1; number < kDataTypeCount; ++number) {
    const auto type = static_cast<DataType>(number);
    const std::string name(data_type_name(type));
    const auto seed = static_cast<uint64_t>(number);
    builder.initializer(name + " small", random_tensor(type, {3, 5}, seed));
    builder.initializer(name + " scalar", random_tensor(type, {}, seed));
    builder.initializer(name + " empty", Tensor(type, {0, 4}));
    builder.initializer(name + " large", random_tensor(type, {11, 37}, seed));
    builder.initializer(name + " deep", random_tensor(type, {1, 1, 1, 1, 1, 1, 1, 1, 1, 2}, seed));
    builder.constant(random_tensor(type, {2}, seed));
  }
  model.graph.set_outputs({0});
  EXPECT_EQ(round_trip_difference(model), "");
  EXPECT_EQ(round_trip_difference(model, 0), "");
  EXPECT_EQ(round_trip_difference(model, 1'000'000), "");
}

template <typename Float, typename Bits>
Tensor special_values(std::initializer_list<Bits> bits) {
  Tensor tensor(kNativeType<Float>, Shape{static_cast<int64_t>(bits.size())});
  std::memcpy(tensor.raw(), bits.begin(), tensor.byte_size());
  return tensor;
}

TEST(JsonModel, KeepsSignedZerosInfinitiesAndTheBitsOfNans) {
  Model model;
  Builder builder(model.graph);
  builder.initializer("f", special_values<float, uint32_t>(
                               {0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000,
                                0x7f800001, 0x7fc00123, 1, 0x007fffff, 0x00800000, 0x7f7fffff}));
  builder.initializer("d", special_values<double, uint64_t>(
                               {0x8000000000000000, 0x7ff0000000000000, 0x7ff8000000000000,
                                0x7ff0000000000001, 1, 0x000fffffffffffff, 0x7fefffffffffffff}));
  builder.initializer("c",
                      Tensor::of<std::complex<float>>({2}, {{-0.0F, INFINITY}, {NAN, 1e-45F}}));
  model.graph.set_outputs({0});
  EXPECT_EQ(round_trip_difference(model), "");
}

TEST(JsonModel, KeepsEverySixteenAndEightBitFloat) {
  Model model;
  Builder builder(model.graph);
  for (const DataType type : {DataType::kFloat16, DataType::kBfloat16}) {
    Tensor all(type, {256, 256});
    for (int i = 0; i < 65536; ++i) all.data<uint16_t>()[i] = static_cast<uint16_t>(i);
    builder.initializer(std::string(data_type_name(type)), all);
  }
  for (const DataType type :
       {DataType::kFloat8E4M3FN, DataType::kFloat8E4M3FNUZ, DataType::kFloat8E5M2,
        DataType::kFloat8E5M2FNUZ, DataType::kFloat8E8M0}) {
    Tensor all(type, {256});
    for (int i = 0; i < 256; ++i) all.data<uint8_t>()[i] = static_cast<uint8_t>(i);
    builder.initializer(std::string(data_type_name(type)), all);
  }
  model.graph.set_outputs({0});
  EXPECT_EQ(round_trip_difference(model, 65536), "");
}

TEST(JsonModel, KeepsTextsTypesAndFlags) {
  Model model;
  model.ir_version = 9;
  model.opset_imports = {{"", 17}, {"ai.onnx.ml", 3}};
  model.producer_name = "p\u00e9\n";
  model.producer_version = "1";
  model.domain = "d";
  model.model_version = -5;
  model.doc_string = "model";
  model.metadata = {{"b", "1"}, {"a", ""}};
  Graph& graph = model.graph;
  graph.name = "g";
  graph.doc_string = "graph";
  graph.metadata = {{"a", "1"}, {"a", "2"}};
  Builder builder(graph);
  const ValueId x = builder.input(
      "x", Type::tensor(DataType::kFloat,
                        PartialShape{Dimension("batch"), Dimension("2 * n'\\"), Dimension(), 3}));
  builder.input("s", Type::sequence(Type::optional(Type::tensor(DataType::kString))));
  builder.input("m", Type::map(DataType::kInt64, Type::tensor(DataType::kFloat, PartialShape{})));
  Type sparse = Type::tensor(DataType::kDouble, PartialShape{7});
  sparse.kind = Type::Kind::kSparseTensor;
  builder.input("sparse", sparse);
  builder.input("nothing", Type());
  const ValueId with_default = builder.input("k", Type::tensor(DataType::kFloat, PartialShape{}));
  graph.value(with_default).data = Tensor::scalar(2.0F);
  graph.value(with_default).doc_string = "default";
  const ValueId w = builder.initializer("w", Tensor::of<float>({3}, {0, 1, 0}));
  graph.value(w).stored_sparse = true;
  graph.value(w).metadata = {{"location", "x"}};
  NodeSpec spec;
  spec.op = "Add";
  spec.inputs = {x, w};
  spec.outputs = {"sum"};
  spec.name = "adder";
  spec.doc_string = "adds";
  spec.metadata = {{"namespace", "top"}};
  builder.set_recording(false);
  const ValueId sum = builder.emit(spec)[0];
  builder.set_recording(true);
  graph.value(sum).doc_string = "a sum";
  const ValueId y = builder.emit_one(
      "Reshape", {sum, builder.input("shape", Type::tensor(DataType::kInt64, PartialShape{1}))});
  graph.value(y).type = Type::tensor(DataType::kFloat, PartialShape{Dimension("all")});
  graph.set_outputs({builder.emit_one("Relu", {y}), sum, x});
  EXPECT_EQ(round_trip_difference(model), "");
}

GraphPointer branch(const char* op, bool same_names) {
  auto graph = std::make_shared<Graph>();
  Builder builder(*graph);
  for (const char* name : {"a", "b"}) {
    Value value;
    value.name = same_names ? name : std::string("inner ") + name;
    value.type = Type::tensor(DataType::kFloat, PartialShape{2});
    graph->add_input(value, true);
  }
  const ValueId made = builder.initializer(same_names ? std::string(op) + " w" : "a",
                                           Tensor::of<float>({2}, {1, 2}));
  const ValueId y = builder.emit_one(op, {graph->inputs()[0], graph->inputs()[1]});
  graph->rename(y, std::string(op) + " y");
  const ValueId z = builder.emit_one("Add", {y, made});
  graph->rename(z, std::string(op) + " z");
  graph->set_outputs({z});
  return graph;
}

Model model_with_branches(bool same_names, bool swapped) {
  Model model;
  Builder builder(model.graph);
  const ValueId c = builder.input("c", Type::tensor(DataType::kBool, PartialShape{}));
  const Type vector = Type::tensor(DataType::kFloat, PartialShape{2});
  const ValueId a = builder.input("a", vector);
  const ValueId b = builder.input("b", vector);
  NodeSpec spec;
  spec.op = "If";
  spec.inputs = {c};
  spec.captures = {swapped ? b : a, swapped ? a : b};
  spec.attributes = {{"then_branch", branch("Mul", same_names)},
                     {"else_branch", branch("Sub", same_names)}};
  spec.outputs = {"y"};
  model.graph.set_outputs(builder.emit(spec));
  return model;
}

TEST(JsonModel, KeepsCapturesWithAndWithoutTheirOwnNames) {
  EXPECT_EQ(round_trip_difference(model_with_branches(true, false)), "");
  EXPECT_EQ(round_trip_difference(model_with_branches(false, false)), "");
  EXPECT_EQ(round_trip_difference(model_with_branches(true, true)), "");
  EXPECT_EQ(json_model(model_with_branches(true, false), "w").text.find("captures"),
            std::string::npos);
  EXPECT_NE(json_model(model_with_branches(true, true), "w").text.find("captures"),
            std::string::npos);
}

std::shared_ptr<const Function> scaled_function() {
  auto function = std::make_shared<Function>();
  function->domain = "my";
  function->name = "Scaled";
  function->overload = "o";
  function->doc_string = "f";
  function->metadata = {{"k", "v"}};
  function->required_attributes = {"axis"};
  function->default_attributes = {{"alpha", 0.5F}, {"names", std::vector<std::string>{"\xff"}}};
  function->opset_imports = {{"", 18}};
  Builder builder(function->body);
  const ValueId x = builder.input("x", Type());
  const ValueId y = builder.emit_one(
      "LeakyRelu", {x}, {{"alpha", AttributeReference{"alpha", AttributeType::kFloat}}});
  function->body.set_outputs({builder.emit_one(
      "Concat", {y, x}, {{"axis", AttributeReference{"axis", AttributeType::kInt}}})});
  return function;
}

TEST(JsonModel, KeepsFunctionsAndReferencesToTheirAttributes) {
  Model model;
  model.functions = {scaled_function()};
  auto caller = std::make_shared<Function>();
  caller->domain = "my";
  caller->name = "Caller";
  NodeSpec call;
  call.function = model.functions[0];
  call.op = "Scaled";
  call.domain = "my";
  call.attributes = {{"axis", AttributeReference{"where", AttributeType::kInt}}};
  {
    Builder builder(caller->body);
    call.inputs = {builder.input("x", Type())};
    caller->required_attributes = {"where"};
    NodeSpec copy = call;
    copy.attributes = {{"axis", int64_t{0}}};
    caller->body.set_outputs(builder.emit(copy));
  }
  model.functions.push_back(caller);
  Builder builder(model.graph);
  call.inputs = {builder.input("x", Type::tensor(DataType::kFloat, PartialShape{2, 3}))};
  call.attributes = {{"axis", int64_t{1}}, {"alpha", -0.0F}};
  call.outputs = {"y"};
  model.graph.set_outputs(builder.emit(call));
  EXPECT_EQ(round_trip_difference(model), "");
}

TEST(JsonModel, KeepsAttributesOfEveryKind) {
  Model model;
  auto function = std::make_shared<Function>();
  function->name = "f";
  Builder body(function->body);
  function->body.set_outputs({body.input("x", Type())});
  const Tensor indices = Tensor::of<int64_t>({1}, {3});
  const SparseTensor sparse{Tensor::of<float>({1}, {2.5F}), indices, {2, 4}};
  const auto nested = std::make_shared<Graph>();
  nested->name = "nested";
  nested->set_outputs({Builder(*nested).initializer("k", Tensor::scalar(1.5))});
  const Type type = Type::sequence(Type::tensor(DataType::kFloat, PartialShape{2}));
  function->default_attributes = {{"float", NAN},
                                  {"int", INT64_MIN},
                                  {"string", std::string("\0\xff", 2)},
                                  {"tensor", indices},
                                  {"large", random_tensor(DataType::kFloat, {100}, 1)},
                                  {"graph", GraphPointer(nested)},
                                  {"floats", std::vector<float>{-0.0F, 1e-45F, INFINITY}},
                                  {"ints", std::vector<int64_t>{}},
                                  {"strings", std::vector<std::string>{"", "a"}},
                                  {"tensors", std::vector<Tensor>{indices, indices}},
                                  {"graphs", std::vector<GraphPointer>{nested, nested}},
                                  {"sparse_tensor", sparse},
                                  {"sparse_tensors", std::vector<SparseTensor>{sparse}},
                                  {"type", type},
                                  {"types", std::vector<Type>{type, Type()}}};
  model.functions = {function};
  Builder builder(model.graph);
  model.graph.set_outputs({builder.input("x", type)});
  EXPECT_EQ(round_trip_difference(model), "");
}

TEST(JsonModel, KeepsLoopsInsideOfLoops) {
  Model model;
  Builder builder(model.graph);
  const Type scalar = Type::tensor(DataType::kFloat, PartialShape{});
  const ValueId x = builder.input("x", scalar);
  const ValueId turns = builder.initializer("turns", Tensor::scalar(int64_t{3}));
  const auto body_of = [&](const std::string& prefix, GraphPointer inner) {
    auto graph = std::make_shared<Graph>();
    Builder body(*graph);
    body.input(prefix + "i", Type::tensor(DataType::kInt64, PartialShape{}));
    const ValueId go = body.input(prefix + "go", Type::tensor(DataType::kBool, PartialShape{}));
    const ValueId carried = body.input(prefix + "carried", scalar);
    Value capture;
    capture.name = "x";
    capture.type = scalar;
    const ValueId outer = graph->add_input(capture, true);
    capture.name = "turns";
    capture.type = Type::tensor(DataType::kInt64, PartialShape{});
    const ValueId count = inner ? graph->add_input(capture, true) : kNoValue;
    NodeSpec spec;
    spec.op = inner ? "Loop" : "Mul";
    spec.inputs = inner ? std::vector<ValueId>{count, kNoValue, carried}
                        : std::vector<ValueId>{carried, outer};
    if (inner) spec.captures = {outer};
    if (inner) spec.attributes = {{"body", inner}};
    spec.outputs = {prefix + "next"};
    const ValueId next = body.emit(spec)[0];
    graph->set_outputs({go, next});
    return graph;
  };
  NodeSpec loop;
  loop.op = "Loop";
  loop.inputs = {turns, kNoValue, x};
  loop.captures = {turns, x};
  auto outer = body_of("outer ", body_of("inner ", nullptr));
  loop.captures = {x, turns};
  loop.attributes = {{"body", GraphPointer(outer)}};
  loop.outputs = {"y"};
  model.graph.set_outputs(builder.emit(loop));
  EXPECT_EQ(round_trip_difference(model), "");
}

// To ONNX and back to bytes, by way of JSON and without it.
void expect_the_same_onnx_file(const Model& model) {
  const TestFolder folder;
  write_json_model(model, folder.path("model.json"));
  EXPECT_EQ(export_onnx(read_json_model_file(folder.path("model.json"))), export_onnx(model));
}

// Models that frameworks wrote: some pass through ONNX's importer only when all operators exist.
TEST(JsonModel, KeepsTheModelsOfTheReferences) {
  size_t kept = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("testdata/references")) {
    if (entry.path().extension() != ".onnx") continue;
    Model model;
    try {
      model = import_onnx(entry.path());
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), Error::Kind::kUnsupported) << error.what();
      continue;
    }
    EXPECT_EQ(round_trip_difference(model), "") << entry.path();
    expect_the_same_onnx_file(model);
    ++kept;
  }
  EXPECT_GE(kept, 20U);
}

TEST(JsonModel, KeepsModelsThatPeopleWrote) {
  for (const auto& entry : std::filesystem::directory_iterator("testdata/models")) {
    if (entry.path().extension() != ".json") continue;
    const Model model = read_json_model_file(entry.path().string());
    EXPECT_EQ(round_trip_difference(model), "") << entry.path();
    EXPECT_EQ(round_trip_difference(model, 0), "") << entry.path();
  }
}

TEST(JsonModel, RefusesWhatJsonCannotHold) {
  Model model;
  Builder builder(model.graph);
  model.graph.set_outputs({builder.input("\xff", Type())});
  EXPECT_THROW((void)json_model(model, "w"), Error);
  const GraphPointer empty = std::make_shared<Graph>();
  GraphPointer nested = empty;
  for (int depth = 0; depth < 20; ++depth) {
    auto outer = std::make_shared<Graph>();
    Builder inside(*outer);
    const ValueId c = inside.initializer("c", Tensor::scalar(true));
    inside.emit({.op = "If",
                 .inputs = {c},
                 .attributes = {{"then_branch", nested}, {"else_branch", empty}},
                 .output_count = 0});
    nested = outer;
  }
  Model deep;
  deep.graph = *nested;
  try {
    (void)json_model(deep, "w");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
  }
}

}  // namespace
}  // namespace twingrad
