#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "importers/input_file.h"
#include "importers/json_text.h"
#include "importers/onnx/opsets.h"
#include "importers/onnx/upgrade/upgrade.h"
#include "ir/op.h"

// The definition rows and upgrade rows beside ONNX's own schemas, which
// scripts/make_onnx_schemas.py writes down in short form.

namespace twingrad {
namespace {

using Names = std::set<std::string, std::less<>>;

// Where a row differs from the schema, and why. Extra element type double needs no reason: it is
// what the differences leg computes in.
struct Deviation {
  std::string difference;
  std::string reason;
};

std::vector<Deviation> deviations() {
  const std::string one_form = "the importer turns every form of a constant into `value`";
  const std::string in_text = "the schema's text names this default";
  const std::string sums = "overlapping blocks are summed, which these have no sum for";
  std::vector<Deviation> list = {
      {"Constant: attribute value is required", one_form},
      {"ConstantOfShape: attribute value has a default", in_text},
      {"ConstantOfShape: output output takes more: complex128 complex64 string",
       "derivative rows make zeros of whatever type flows"},
      {"SequenceEmpty: attribute dtype has a default", in_text},
      {"Col2Im: input input does not take bool complex128 complex64 string", sums},
      {"Col2Im: output output does not take bool complex128 complex64 string", sums},
      {"ReverseSequence: input sequence_lens takes more: int32",
       "exporters of TensorFlow's write int32"},
  };
  for (const char* form : {"sparse_value", "value_float", "value_floats", "value_int", "value_ints",
                           "value_string", "value_strings"}) {
    list.push_back({std::string("Constant: no attribute ") + form, one_form});
  }
  return list;
}

// Operators that take more types than ONNX's, and why.
const std::map<std::string, std::string>& wider() {
  static const std::map<std::string, std::string> instance = [] {
    std::map<std::string, std::string> reasons = {
        {"ai.onnx.preview.training::Gradient", "bfloat16 is a float like the others"}};
    for (const char* op : {"Concat", "Expand", "Gather", "GatherElements", "GatherND",
                           "ScatterElements", "ScatterND", "Slice", "TensorScatter", "Where"}) {
      reasons.emplace(op, "expansions move quantized elements and their scales");
    }
    for (const char* op : {"ConcatFromSequence", "SequenceAt", "SequenceConstruct", "SequenceErase",
                           "SequenceInsert", "SequenceLength", "SequenceMap"}) {
      reasons.emplace(op, "gradients of bfloat16 come in sequences, too");
    }
    return reasons;
  }();
  return instance;
}

JsonDocument read_schemas() {
  constexpr uint64_t kLimit = uint64_t{1} << 20;
  const std::vector<std::byte> bytes = read_file("testdata/onnx_suite/schemas.json", kLimit);
  return JsonDocument::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kLimit);
}

const JsonDocument& schemas() {
  static const JsonDocument instance = read_schemas();
  return instance;
}

// "domain::Name", or "Name" for ai.onnx.
std::pair<std::string, std::string> split_name(std::string_view full) {
  const size_t at = full.find("::");
  if (at == std::string_view::npos) return {"", std::string(full)};
  return {std::string(full.substr(0, at)), std::string(full.substr(at + 2))};
}

Names words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  Names names;
  for (std::string word; stream >> word;) names.insert(word);
  return names;
}

std::string joined(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

Names without(Names names, const Names& others) {
  std::erase_if(names, [&](const std::string& name) { return others.contains(name); });
  return names;
}

// What a formal of a row admits, as far as the row says: "any" leaves it to the operator.
Names admitted(const OpDef& op, const std::string& type) {
  const size_t open = type.find('(');
  const std::string variable =
      open == std::string::npos ? type : type.substr(open + 1, type.find(')') - open - 1);
  Names elements = {variable};
  if (const TypeConstraint* constraint = op.constraint(variable)) {
    elements.clear();
    for (int number = 1; number < kDataTypeCount; ++number) {
      const auto element = static_cast<DataType>(number);
      if (constraint->elements.contains(element)) {
        elements.emplace(data_type_name(element));
      }
    }
  }
  if (open == std::string::npos) return elements;
  Names nested;
  for (const std::string& element : elements) {
    nested.insert(type.substr(0, open + 1) + element + ")");
  }
  return nested;
}

// Collects what differs between one row and its schema.
class Comparison {
 public:
  Comparison(const OpDef& op, const JsonView& schema, std::vector<std::string>& differences)
      : op_(op), schema_(schema), differences_(differences) {}

  void run() {
    // The schema's signature in the row's notation, read by the same code.
    const std::string signature = std::string(schema_.at("inputs").string()) + " -> " +
                                  std::string(schema_.at("outputs").string());
    const OpDef expected({.name = op_.name, .signature = signature, .types = {}});
    compare_formals(op_.inputs, expected.inputs, "input");
    compare_formals(op_.outputs, expected.outputs, "output");
    compare_attributes();
  }

 private:
  template <typename... Parts>
  void note(const Parts&... parts) {
    std::ostringstream text;
    text << op_.full_name() << ": ";
    (text << ... << parts);
    differences_.push_back(text.str());
  }

  void compare_formals(const std::vector<Formal>& have, const std::vector<Formal>& want,
                       std::string_view what) {
    if (have.size() != want.size()) {
      note(have.size(), " formal ", what, "s, not ", want.size());
      return;
    }
    for (size_t i = 0; i < have.size(); ++i) {
      if (have[i].name != want[i].name) {
        note(what, " ", i, " is named ", have[i].name, ", not ", want[i].name);
      }
      if (have[i].arity != want[i].arity || have[i].same_types != want[i].same_types) {
        note(what, " ", want[i].name, " has another arity");
      }
      compare_types(have[i], want[i], std::string(what) + " " + want[i].name);
    }
  }

  void compare_types(const Formal& have, const Formal& want, const std::string& what) {
    if (have.type == "any") return;
    Names expected = {want.type};
    if (const auto set = schema_.at("types").find(want.type)) {
      expected = words(schemas().root().at("type_sets").at(set->string()).string());
    }
    const Names found = admitted(op_, have.type);
    const Names missing = without(expected, found);
    Names extra = without(found, expected);
    if (const auto older = schema_.at("dropped").find(want.type)) {
      extra = without(extra, words(older->string()));
    }
    extra.erase("double");
    if (!missing.empty()) note(what, " does not take ", joined(missing));
    if (!extra.empty() && !wider().contains(op_.full_name()))
      note(what, " takes more: ", joined(extra));
  }

  void compare_attributes() {
    Names known;
    for (const auto& [name, entry] : schema_.at("attributes").members()) {
      known.emplace(name);
      const AttributeDef* have = op_.attribute(name);
      if (have == nullptr) {
        note("no attribute ", name);
      } else {
        compare_attribute(*have, entry);
      }
    }
    for (const AttributeDef& attribute : op_.attributes) {
      // Which numbers a node draws; the exporter leaves it out.
      if (op_.op_class == OpClass::kRandom && attribute.name == "stream") continue;
      if (!known.contains(attribute.name)) note("attribute ", attribute.name, " is our own");
    }
  }

  void compare_attribute(const AttributeDef& have, const JsonView& want) {
    std::string kind(attribute_type_name(have.type));
    std::ranges::replace(kind, ' ', '_');
    if (kind != want.at("kind").string()) {
      note("attribute ", have.name, " is of kind ", kind, ", not ", want.at("kind").string());
    }
    if (have.required != want.find("required").has_value()) {
      note("attribute ", have.name, have.required ? " is required" : " is not required");
    }
    const auto fallback = want.find("default");
    const bool has_fallback = !std::holds_alternative<std::monostate>(have.fallback);
    if (has_fallback != fallback.has_value()) {
      note("attribute ", have.name, has_fallback ? " has a default" : " has no default");
    } else if (fallback && !equal(have.fallback, *fallback)) {
      note("attribute ", have.name, " has another default");
    }
  }

  static bool equal(const AttributeValue& have, const JsonView& want) {
    if (const auto* number = std::get_if<int64_t>(&have)) return *number == want.integer();
    if (const auto* real = std::get_if<float>(&have)) {
      return *real == static_cast<float>(want.number());
    }
    if (const auto* text = std::get_if<std::string>(&have)) return *text == want.string();
    if (const auto* list = std::get_if<std::vector<int64_t>>(&have)) {
      return *list == want.integers();
    }
    if (const auto* list = std::get_if<std::vector<std::string>>(&have)) {
      return *list == want.strings();
    }
    if (const auto* list = std::get_if<std::vector<float>>(&have)) {
      return std::ranges::equal(*list, want.numbers(), {}, {},
                                [](double value) { return static_cast<float>(value); });
    }
    return false;
  }

  const OpDef& op_;
  const JsonView& schema_;
  std::vector<std::string>& differences_;
};

// The row that an operator of any version ends as; nullptr: it is not defined.
const OpDef* newest_row(const std::string& domain, const std::string& name, int64_t version) {
  return find_op(domain, domain.empty() ? newest_name(name, version) : std::string_view(name));
}

TEST(OnnxSchemas, RowsSayWhatTheNewestSchemasSay) {
  std::vector<std::string> differences;
  for (const auto& [full_name, schema] : schemas().root().at("operators").members()) {
    const auto [domain, name] = split_name(full_name);
    const OpDef* op = find_op(domain, name);
    if (op == nullptr || schema.find("deprecated")) continue;
    Comparison(*op, schema, differences).run();
  }
  for (const Deviation& deviation : deviations()) {
    EXPECT_EQ(std::erase(differences, deviation.difference), 1U)
        << "no longer so: " << deviation.difference;
  }
  for (const std::string& difference : differences) ADD_FAILURE() << difference;
}

TEST(OnnxSchemas, OlderVersionsThatMeanSomethingElseAreUpgraded) {
  for (const auto& [full_name, schema] : schemas().root().at("operators").members()) {
    const auto [domain, name] = split_name(full_name);
    if (!domain.empty() || schema.find("deprecated")) continue;
    if (newest_row(domain, name, kNewestOpset) == nullptr) continue;
    for (const auto& [version, reason] : schema.at("upgrades").members()) {
      EXPECT_TRUE(is_upgraded(name, std::stoll(std::string(version))))
          << full_name << " of opset " << version << ": " << reason.string();
    }
  }
}

// What is not defined is named here, and refused by name when a model has it.
TEST(OnnxSchemas, EveryOperatorHasARow) {
  std::set<std::string> missing;
  for (const auto& [full_name, schema] : schemas().root().at("operators").members()) {
    const auto [domain, name] = split_name(full_name);
    const auto versions = schema.at("since").integers();
    EXPECT_TRUE(!domain.empty() || versions.back() <= kNewestOpset) << full_name;
    if (newest_row(domain, name, versions.front()) == nullptr) {
      missing.emplace(full_name);
    }
  }
  EXPECT_EQ(missing, std::set<std::string>());
}

}  // namespace
}  // namespace twingrad
