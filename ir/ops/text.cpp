#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

void infer_string_split(InferContext& context) {
  if (context.attributes().has("maxsplit")) {
    check(context.attributes().integer("maxsplit") >= -1, "attribute 'maxsplit' is ",
          context.attributes().integer("maxsplit"));
  }
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  context.set_shape(1, *shape);
  PartialShape parts = *shape;
  parts.append(Dimension());
  context.set_shape(0, std::move(parts));
}

// Removing words changes the number of columns; where none is left there is one empty string.
void infer_string_normalizer(InferContext& context) {
  const std::string& change = context.attributes().text("case_change_action");
  check(change == "LOWER" || change == "UPPER" || change == "NONE",
        "attribute 'case_change_action' must be LOWER, UPPER or NONE, found ", quoted_name(change));
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  check(shape->rank() == 1 ||
            (shape->rank() == 2 && (!(*shape)[0].known() || (*shape)[0].extent == 1)),
        "the input must have shape [C] or [1,C], found ", *shape);
  context.set_shape(
      0, shape->rank() == 1 ? PartialShape{Dimension()} : PartialShape{Dimension(1), Dimension()});
}

void infer_tf_idf(InferContext& context) {
  const Attributes& attributes = context.attributes();
  const std::string& mode = attributes.text("mode");
  check(mode == "TF" || mode == "IDF" || mode == "TFIDF",
        "attribute 'mode' must be TF, IDF or TFIDF, found ", quoted_name(mode));
  check(attributes.integer("min_gram_length") >= 1 &&
            attributes.integer("max_gram_length") >= attributes.integer("min_gram_length") &&
            attributes.integer("max_skip_count") >= 0,
        "lengths of n-grams and skips must be positive and in order");
  check(attributes.has("pool_strings") != attributes.has("pool_int64s"),
        "needs a pool of either strings or integers");
  int64_t columns = 0;
  for (const int64_t index : attributes.integers("ngram_indexes")) {
    check(index >= 0 && index < (int64_t{1} << 31), "attribute 'ngram_indexes' has an entry ",
          index);
    columns = std::max(columns, index + 1);
  }
  const PartialShape* shape = context.shape(0);
  if (shape == nullptr) return;
  check(shape->rank() <= 2, "the input must have at most 2 axes, its shape is ", *shape);
  context.set_shape(0, shape->rank() == 2 ? PartialShape{(*shape)[0], Dimension(columns)}
                                          : PartialShape{Dimension(columns)});
}

}  // namespace

std::vector<OpRow> text_ops() {
  const AttributeDef pattern = optional("pattern", AttributeType::kString);
  return {
      {.name = "StringConcat",
       .signature = "X:T, Y:T -> Z:T",
       .types = {{"T", kStringType}},
       .infer = infer_broadcast},
      {.name = "StringSplit",
       .signature = "X:T1 -> Y:string, Z:int64",
       .types = {{"T1", kStringType}},
       .attributes = {optional("delimiter", AttributeType::kString),
                      optional("maxsplit", AttributeType::kInt)},
       .infer = infer_string_split},
      {.name = "StringNormalizer",
       .signature = "X:string -> Y:string",
       .types = {},
       .attributes = {defaulted("case_change_action", std::string("NONE")),
                      defaulted("is_case_sensitive", int64_t{0}),
                      optional("locale", AttributeType::kString),
                      optional("stopwords", AttributeType::kStrings)},
       .infer = infer_string_normalizer},
      {.name = "RegexFullMatch",
       .signature = "X:T1 -> Y:bool",
       .types = {{"T1", kStringType}},
       .attributes = {pattern},
       .infer = infer_same_as_first},
      {.name = "TfIdfVectorizer",
       .signature = "X:T -> Y:float",
       .types = {{"T", TypeSet{DataType::kInt32, DataType::kInt64} | kStringType}},
       .attributes = {required("max_gram_length", AttributeType::kInt),
                      required("max_skip_count", AttributeType::kInt),
                      required("min_gram_length", AttributeType::kInt),
                      required("mode", AttributeType::kString),
                      required("ngram_counts", AttributeType::kInts),
                      required("ngram_indexes", AttributeType::kInts),
                      optional("pool_int64s", AttributeType::kInts),
                      optional("pool_strings", AttributeType::kStrings),
                      optional("weights", AttributeType::kFloats)},
       .infer = infer_tf_idf},
  };
}

}  // namespace twingrad
