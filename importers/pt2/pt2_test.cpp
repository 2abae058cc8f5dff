#include "importers/pt2/pt2.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "importers/pt2/rows.h"
#include "importers/zip_for_tests.h"

namespace twingrad {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Model imported(const std::string& file) {
  return import_pt2(bytes_of(file));
}

// A program y = relu(w), with one parameter of two floats, whose parts a test may change.
struct TestProgram {
  std::string target = "torch.ops.aten.relu.default";
  std::string arguments = R"([{"name": "self", "arg": {"as_tensor": {"name": "p_w"}}, "kind": 1}])";
  std::string major = "8";
  std::string sizes = R"([{"as_int": 2}])";
  std::string strides = R"([{"as_int": 1}])";
  std::string offset = R"({"as_int": 0})";
  std::string pickled = "false";
  std::string path = "weight_0";
  std::string dtype = "7";
  std::string layout = "7";
  std::string weight = std::string(8, '\0');
  std::string root = "m/";
  std::string format = "pt2";

  std::string meta(const std::string& shape) const {
    return R"({"dtype": )" + dtype + R"(, "sizes": )" + shape +
           R"(, "requires_grad": true, "device": {"type": "cpu", "index": null}, "strides": )" +
           strides + R"(, "storage_offset": )" + offset + R"(, "layout": )" + layout + "}";
  }
  std::string json() const {
    return R"({"graph_module": {"graph": {"inputs": [{"as_tensor": {"name": "p_w"}}],
      "outputs": [{"as_tensor": {"name": "y"}}],
      "nodes": [{"target": ")" +
           target + R"(", "inputs": )" + arguments +
           R"(, "outputs": [{"as_tensor": {"name": "y"}}], "metadata": {}, "name": "y"}],
      "tensor_values": {"p_w": )" +
           meta(R"([{"as_int": 2}])") + R"(, "y": )" + meta(R"([{"as_int": 2}])") +
           R"(}, "sym_int_values": {}, "sym_bool_values": {}},
      "signature": {"input_specs": [{"parameter": {"arg": {"name": "p_w"}, "parameter_name": "w"}}],
      "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "y"}}}}]}},
      "schema_version": {"major": )" +
           major + R"(, "minor": 20}})";
  }
  std::string config() const {
    return R"({"config": {"w": {"path_name": ")" + path + R"(", "is_param": true, "use_pickle": )" +
           pickled + R"(, "tensor_meta": )" + meta(sizes) + "}}}";
  }
  std::string archive() const {
    return zip_of(
        {{.name = root + "data/weights/weight_0", .data = weight},
         {.name = root + "data/weights/model_weights_config.json", .data = config()},
         {.name = root + "data/constants/model_constants_config.json", .data = R"({"config": {}})"},
         {.name = root + "models/model.json", .data = json()},
         {.name = root + "archive_format", .data = format},
         {.name = root + "archive_version", .data = "0"},
         {.name = root + "byteorder", .data = "little"}});
  }
};

TEST(Pt2, ReadsAProgramAndItsParameter) {
  const Model model = imported(TestProgram().archive());
  EXPECT_EQ(model.graph.nodes().size(), 1u);
  EXPECT_TRUE(model.graph.find("w").has_value());
  EXPECT_EQ(model.graph.value(model.graph.outputs()[0]).name, "y");
}

TEST(Pt2, ReadsStridedWeightsInTheirOrder) {
  TestProgram program;
  program.weight = little_endian(0x3f800000, 4) + little_endian(0x40000000, 4) +
                   little_endian(0x40400000, 4) + little_endian(0x40800000, 4);
  program.strides = R"([{"as_int": 2}])";
  program.offset = R"({"as_int": 1})";
  const Model model = imported(program.archive());
  const Tensor& data = *model.graph.value(*model.graph.find("w")).data;
  EXPECT_EQ(data.data<float>()[0], 2);
  EXPECT_EQ(data.data<float>()[1], 4);
}

TEST(Pt2, RefusesWeightsOutsideOfTheirStorage) {
  for (const auto& [sizes, strides, offset] :
       {std::tuple{"3", "1", "0"},
        {"2", "2", "0"},
        {"2", "1", "1"},
        {"2", "1", "-1"},
        {"2", "-1", "1"},
        {"-2", "1", "0"},
        {"9223372036854775807", "4", "0"},
        {"4611686018427387904", "4611686018427387904", "9223372036854775807"},
        {"1000000000", "0", "0"}}) {
    TestProgram program;
    program.sizes = R"([{"as_int": )" + std::string(sizes) + "}]";
    program.strides = R"([{"as_int": )" + std::string(strides) + "}]";
    program.offset = R"({"as_int": )" + std::string(offset) + "}";
    expect_error([&] { imported(program.archive()); }, "");
  }
}

TEST(Pt2, RefusesWhatWouldNeedAPickleToRun) {
  TestProgram program;
  program.pickled = "true";
  expect_error([&] { imported(program.archive()); }, "is stored as a pickle, which is not run");
}

TEST(Pt2, RefusesOtherVersionsAndKinds) {
  TestProgram program;
  program.major = "9";
  expect_error([&] { imported(program.archive()); }, "version 9 of the schema is not supported");
  program = TestProgram();
  program.format = "pt3";
  expect_error([&] { imported(program.archive()); }, "not an archive of PyTorch's format pt2");
  program = TestProgram();
  program.layout = "1";
  expect_error([&] { imported(program.archive()); }, "only strided tensors are supported");
  program = TestProgram();
  program.dtype = "99";
  expect_error([&] { imported(program.archive()); }, "no scalar type has the number 99");
}

TEST(Pt2, RefusesPathsOutOfTheArchive) {
  TestProgram program;
  program.path = "../../../../etc/passwd";
  expect_error([&] { imported(program.archive()); }, "there is no member");
  program = TestProgram();
  program.root = "m/../../";
  expect_error([&] { imported(program.archive()); }, "a path out of its folder");
  program.root = "/m/";
  expect_error([&] { imported(program.archive()); }, "an absolute or foreign path");
}

TEST(Pt2, ListsUnknownOperatorsByTheirFullNames) {
  TestProgram program;
  program.target = "torch.ops.mylib.custom.default";
  try {
    imported(program.archive());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUnsupported);
    EXPECT_STREQ(error.what(), "operator 'torch.ops.mylib.custom.default' is not supported");
  }
}

TEST(Pt2, RefusesArgumentsThatDoNotFit) {
  TestProgram program;
  program.arguments = "[]";
  expect_error([&] { imported(program.archive()); }, "argument 'self' is missing");
  program.arguments = R"([{"name": "self", "arg": {"as_int": 3}}])";
  expect_error([&] { imported(program.archive()); }, "expected a tensor");
  program.arguments = R"([{"name": "self", "arg": {"as_tensor": {"name": "z"}}}])";
  expect_error([&] { imported(program.archive()); }, "no value 'z' is defined before");
  program.arguments = R"([{"name": "self", "arg": {"as_custom_obj": {"name": "z"}}}])";
  expect_error([&] { imported(program.archive()); }, "are not supported");
  program.arguments = R"([{"name": "self", "arg": {"as_int": 3, "as_bool": true}}])";
  expect_error([&] { imported(program.archive()); }, "a union of 2 keys");
}

TEST(Pt2, RefusesResultsThatAreDeclaredOtherwise) {
  TestProgram program;
  program.arguments = R"([{"name": "self", "arg": {"as_tensor": {"name": "p_w"}}}])";
  program.target = "torch.ops.aten.isnan.default";
  expect_error([&] { imported(program.archive()); }, "is declared otherwise");
}

TEST(Pt2, RefusesDeepJson) {
  TestProgram program;
  program.arguments = std::string(100'000, '[');
  expect_error([&] { imported(program.archive()); }, "nesting");
}

TEST(Pt2, SurvivesDamage) {
  const std::string good = TestProgram().archive();
  EXPECT_NO_THROW(imported(good));
  for (size_t length = 0; length < good.size(); ++length) {
    expect_error([&] { imported(good.substr(0, length)); }, "");
  }
  for (size_t bit = 0; bit < good.size() * 8; bit += 3) {
    std::string damaged = good;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    try {
      imported(damaged);
    } catch (const Error& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

// The checksums of a member keep most damage away from what reads it, so damage is done before.
TEST(Pt2, SurvivesDamageInsideOfItsProgram) {
  const TestProgram program;
  const std::string json = program.json();
  for (size_t bit = 0; bit < json.size() * 8; ++bit) {
    std::string damaged = json;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const std::string file =
        zip_of({{.name = "m/data/weights/weight_0", .data = program.weight},
                {.name = "m/data/weights/model_weights_config.json", .data = program.config()},
                {.name = "m/models/model.json", .data = damaged},
                {.name = "m/archive_format", .data = "pt2"},
                {.name = "m/archive_version", .data = "0"}});
    try {
      imported(file);
    } catch (const Error& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

TEST(Pt2, SurvivesTruncationOfARealFile) {
  const std::string good = file_text("testdata/pt2/models/mlp.pt2");
  EXPECT_NO_THROW(imported(good));
  for (size_t length = 0; length < good.size(); length += 61) {
    expect_error([&] { imported(good.substr(0, length)); }, "");
  }
}

TEST(Pt2, HasEveryCoreOperatorOfPyTorch) {
  std::ifstream file("testdata/pt2/core_operators.txt");
  size_t count = 0;
  for (std::string target; std::getline(file, target); ++count) {
    EXPECT_NE(find_aten_operator(target), nullptr) << target;
  }
  EXPECT_EQ(count, 193u);
}

}  // namespace
}  // namespace twingrad
