#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"
#include "ir/expression.h"
#include "ir/nested.h"

namespace twingrad {
namespace {

struct Tape {
  ThreadPool pool{1};
  Graph graph;
  Eager eager{graph, {&reference_backend(), &pool, nullptr, 1}};

  Expr value(const Datum& datum, const Type& declared = {}) {
    return {eager, eager.input("", datum, declared)};
  }
  Expr number(int64_t position) { return value(Tensor::scalar<int64_t>(position)); }
  std::vector<std::vector<double>> items(Expr sequence) {
    std::vector<std::vector<double>> all;
    for (const Datum& item : eager.datum(sequence.id()).sequence()) {
      all.push_back(numbers(item.tensor()));
    }
    return all;
  }
  std::vector<double> elements(Expr x) { return numbers(eager.tensor(x.id())); }
};

Tensor vector_of(std::initializer_list<float> values) {
  return Tensor::of<float>({static_cast<int64_t>(values.size())}, values);
}

Datum sample() {
  return Datum(Sequence{vector_of({1}), vector_of({2, 3}), vector_of({4, 5, 6})});
}

using Lists = std::vector<std::vector<double>>;

template <typename Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Sequence, CountsNegativePositionsFromTheBack) {
  Tape tape;
  const Expr list = tape.value(sample());
  EXPECT_EQ(tape.elements(list.apply("SequenceAt", {tape.number(-3)})), std::vector<double>{1});
  EXPECT_EQ(tape.items(list.apply("SequenceErase", {tape.number(-2)})), (Lists{{1}, {4, 5, 6}}));
  EXPECT_EQ(tape.items(list.apply("SequenceErase")), (Lists{{1}, {2, 3}}));
}

TEST(Sequence, InsertsBeforeThePositionAndAtTheBackByDefault) {
  Tape tape;
  const Expr list = tape.value(sample());
  const Expr nine = tape.value(vector_of({9}));
  EXPECT_EQ(tape.items(list.apply("SequenceInsert", {nine})), (Lists{{1}, {2, 3}, {4, 5, 6}, {9}}));
  EXPECT_EQ(tape.items(list.apply("SequenceInsert", {nine, tape.number(3)})),
            (Lists{{1}, {2, 3}, {4, 5, 6}, {9}}));
  EXPECT_EQ(tape.items(list.apply("SequenceInsert", {nine, tape.number(-1)})),
            (Lists{{1}, {2, 3}, {9}, {4, 5, 6}}));
  EXPECT_EQ(tape.items(list.apply("SequenceInsert", {nine, tape.number(-3)})),
            (Lists{{9}, {1}, {2, 3}, {4, 5, 6}}));
}

TEST(Sequence, RefusesPositionsOutOfRange) {
  Tape tape;
  const Expr list = tape.value(sample());
  const Expr nine = tape.value(vector_of({9}));
  EXPECT_NE(message_of([&] {
              list.apply("SequenceAt", {tape.number(3)});
            }).find("position 3 is out of range, there are 3"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              list.apply("SequenceInsert", {nine, tape.number(-4)});
            }).find("position -4 is out of range for a sequence of 3"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              list.apply("SequenceAt", {tape.value(Tensor::of<int64_t>({2}, {0, 1}))});
            }).find("'position' must be a scalar"),
            std::string::npos);
}

TEST(Sequence, HoldsWhatWasPutInThoughTheTensorChangesLater) {
  Tape tape;
  Tensor changing = vector_of({1, 2});
  const Expr list = tape.value(changing).apply("SequenceConstruct");
  changing.data<float>()[0] = 7;
  EXPECT_EQ(tape.items(list), (Lists{{1, 2}}));
}

TEST(Sequence, RefusesItemsOfAnotherType) {
  Tape tape;
  const Expr list = tape.value(sample());
  EXPECT_THROW(list.apply("SequenceInsert", {tape.number(1)}), Error);
  EXPECT_THROW(tape.eager.emit_one("SequenceEmpty", {}, {{"dtype", int64_t{21}}}), Error);
}

TEST(SplitToSequence, TakesChunksOfWhichTheLastIsSmaller) {
  Tape tape;
  const Expr x = tape.value(Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Expr chunks = x.apply("SplitToSequence", {tape.number(2)}, {{"axis", int64_t{1}}});
  EXPECT_EQ(tape.items(chunks), (Lists{{1, 2, 4, 5}, {3, 6}}));
}

TEST(SplitToSequence, KeepsTheAxisWherePartsAreGiven) {
  Tape tape;
  const Expr x = tape.value(Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Attributes squeeze = {{"keepdims", int64_t{0}}};
  const Expr rows = x.apply("SplitToSequence", {}, squeeze);
  EXPECT_EQ(tape.eager.datum(rows.id()).sequence()[0].tensor().shape(), Shape{3});
  const Expr given =
      x.apply("SplitToSequence", {tape.value(Tensor::of<int64_t>({3}, {1, 0, 1}))}, squeeze);
  EXPECT_EQ(tape.items(given), (Lists{{1, 2, 3}, {}, {4, 5, 6}}));
  EXPECT_EQ(tape.eager.datum(given.id()).sequence()[1].tensor().shape(), (Shape{0, 3}));
}

TEST(SplitToSequence, RefusesPartsThatDoNotAddUp) {
  Tape tape;
  const Expr x = tape.value(Tensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_THROW(x.apply("SplitToSequence", {tape.value(Tensor::of<int64_t>({2}, {1, 2}))}), Error);
  EXPECT_THROW(x.apply("SplitToSequence", {tape.number(0)}), Error);
}

TEST(SplitToSequence, OfNoElementsIsAnEmptySequence) {
  Tape tape;
  const Expr x = tape.value(Tensor::zeros(DataType::kFloat, {0, 3}));
  EXPECT_TRUE(tape.items(x.apply("SplitToSequence")).empty());
}

TEST(ConcatFromSequence, JoinsOrStacksAlongAnAxisAndMovesStrings) {
  Tape tape;
  const Datum pair(
      Sequence{Tensor::of_strings({1, 2}, {"a", "b"}), Tensor::of_strings({1, 2}, {"c", "d"})});
  const Expr list = tape.value(pair);
  const auto strings = [&](Expr x) {
    const auto found = tape.eager.tensor(x.id()).strings();
    return std::vector<std::string>(found.begin(), found.end());
  };
  const Expr wide = list.apply("ConcatFromSequence", {}, {{"axis", int64_t{-1}}});
  EXPECT_EQ(strings(wide), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(tape.eager.tensor(wide.id()).shape(), (Shape{1, 4}));
  const Expr deep =
      list.apply("ConcatFromSequence", {}, {{"axis", int64_t{-1}}, {"new_axis", int64_t{1}}});
  EXPECT_EQ(strings(deep), (std::vector<std::string>{"a", "c", "b", "d"}));
  EXPECT_EQ(tape.eager.tensor(deep.id()).shape(), (Shape{1, 2, 2}));
}

TEST(ConcatFromSequence, RefusesNothingAndShapesThatDiffer) {
  Tape tape;
  const Type type = Type::sequence(Type::tensor(DataType::kFloat));
  const Attributes front = {{"axis", int64_t{0}}, {"new_axis", int64_t{1}}};
  EXPECT_THROW(tape.value(Datum(Sequence{}), type).apply("ConcatFromSequence", {}, front), Error);
  EXPECT_THROW(tape.value(sample()).apply("ConcatFromSequence", {}, front), Error);
}

TEST(Optional, KnowsWhetherItHoldsAnything) {
  Tape tape;
  const auto has = [&](Expr x) {
    return tape.eager.tensor(x.apply("OptionalHasElement").id()).data<bool>()[0];
  };
  const Type type = Type::optional(Type::tensor(DataType::kFloat));
  const Expr nothing = tape.value(Datum(), type);
  EXPECT_FALSE(has(nothing));
  EXPECT_TRUE(has(tape.value(vector_of({1}), type)));
  EXPECT_TRUE(has(tape.value(vector_of({1}))));
  EXPECT_TRUE(has(tape.value(sample())));
  EXPECT_FALSE(tape.eager.tensor(tape.eager.emit_one("OptionalHasElement", {})).data<bool>()[0]);
  EXPECT_THROW(nothing.apply("OptionalGetElement"), Error);
  EXPECT_EQ(tape.elements(tape.value(vector_of({1}), type).apply("OptionalGetElement")),
            std::vector<double>{1});
}

TEST(Optional, NeedsATypeOrAnInput) {
  Tape tape;
  EXPECT_THROW(tape.eager.emit_one("Optional", {}), Error);
  const ValueId made =
      tape.eager.emit_one("Optional", {}, {{"type", Type::tensor(DataType::kFloat)}});
  EXPECT_TRUE(tape.eager.datum(made).empty());
}

// What the sweep makes, by its kernels and by its expansions into ONNX's operators.
TEST(NestedValue, ExpandsToOperatorsThatGiveTheSame) {
  const Type optional_type = Type::optional(Type::tensor(DataType::kFloat));
  const auto both = [](std::string_view op, const std::vector<std::pair<Datum, Type>>& given) {
    std::vector<Datum> results;
    for (const bool expanded : {false, true}) {
      Tape tape;
      std::vector<ValueId> inputs;
      for (const auto& [datum, type] : given) inputs.push_back(tape.value(datum, type).id());
      Node node;
      const OpDef* def = find_op(kInternalDomain, op);
      const ValueId made = expanded ? def->expand(tape.eager, node, inputs)[0]
                                    : tape.eager.emit_one(op, inputs, {}, kInternalDomain);
      results.push_back(tape.eager.datum(made));
    }
    return results;
  };
  const auto lists = [](const Datum& datum) {
    Lists all;
    if (datum.is_tensor()) return Lists{numbers(datum.tensor())};
    if (datum.empty()) return all;
    for (const Datum& item : datum.sequence()) all.push_back(numbers(item.tensor()));
    return all;
  };
  const auto expect = [&](std::string_view op, const std::vector<std::pair<Datum, Type>>& given,
                          const Lists& wanted) {
    for (const Datum& result : both(op, given)) EXPECT_EQ(lists(result), wanted) << op;
  };
  const Datum one(vector_of({1, 2}));
  const Tensor start = Tensor::scalar<int64_t>(1);
  const Tensor count = Tensor::scalar<int64_t>(2);
  expect("ZerosLike", {{sample(), {}}}, {{0}, {0, 0}, {0, 0, 0}});
  expect("ZerosLike", {{one, optional_type}}, {{0, 0}});
  expect("ZerosLike", {{Datum(), optional_type}}, {});
  expect("Accumulate", {{sample(), {}}, {sample(), {}}}, {{2}, {4, 6}, {8, 10, 12}});
  expect("Accumulate", {{one, optional_type}, {one, optional_type}}, {{2, 4}});
  expect("Accumulate", {{Datum(), optional_type}, {Datum(), optional_type}}, {});
  expect("SequenceJoin", {{sample(), {}}, {sample(), {}}},
         {{1}, {2, 3}, {4, 5, 6}, {1}, {2, 3}, {4, 5, 6}});
  expect("SequenceSlice", {{sample(), {}}, {start, {}}, {count, {}}}, {{2, 3}, {4, 5, 6}});
}

}  // namespace
}  // namespace twingrad
