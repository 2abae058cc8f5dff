#include "ir/error.h"
#include "ir/infer.h"
#include "ir/ops/recurrent_cells.h"
#include "ir/ops/recurrent_expansion.h"
#include "ir/ops/tables.h"

namespace twingrad {
namespace {

int64_t direction_count(const Attributes& attributes) {
  const std::string& direction = attributes.text("direction");
  check(direction == "forward" || direction == "reverse" || direction == "bidirectional",
        "attribute 'direction' must be forward, reverse or bidirectional, found ",
        quoted_name(direction));
  return direction == "bidirectional" ? 2 : 1;
}

void check_extent(const InferContext& context, size_t i, int64_t rank, int64_t axis,
                  const Dimension& expected) {
  const PartialShape* shape = context.shape(i);
  if (shape == nullptr) return;
  const std::string& name = context.op().inputs[i].name;
  check(shape->rank() == rank, "input '", name, "' of shape ", *shape, " must have ", rank,
        " axes");
  if (axis < 0 || !expected.known() || !(*shape)[axis].known()) return;
  check((*shape)[axis].extent == expected.extent, "input '", name, "' of shape ", *shape,
        " must have ", expected.extent, " along axis ", axis);
}

Dimension multiple(const Dimension& dim, int64_t factor) {
  return dim.known() ? Dimension(dim.extent * factor) : Dimension();
}

// The width of the hidden state: an attribute, or what the recurrence weights say.
Dimension hidden_size(const InferContext& context) {
  const PartialShape* r = context.shape(2);
  Dimension width = r != nullptr && r->rank() == 3 ? (*r)[2] : Dimension();
  if (!context.attributes().has("hidden_size")) return width;
  const int64_t given = context.attributes().integer("hidden_size");
  check(given >= 0 && (!width.known() || width.extent == given), "attribute 'hidden_size' is ",
        given, ", the recurrence weights have ", width.extent);
  return Dimension(given);
}

void infer_recurrent(InferContext& context, int64_t gates) {
  const Attributes& attributes = context.attributes();
  const int64_t directions = direction_count(attributes);
  const int64_t layout = attributes.integer("layout");
  check(layout == 0 || layout == 1, "attribute 'layout' must be 0 or 1, found ", layout);
  const Dimension hidden = hidden_size(context);
  const PartialShape* x = context.shape(0);
  check_extent(context, 0, 3, -1, {});
  const Dimension length = x == nullptr ? Dimension() : (*x)[layout];
  const Dimension batch = x == nullptr ? Dimension() : (*x)[1 - layout];
  for (const size_t i : {size_t{1}, size_t{2}}) {
    check_extent(context, i, 3, 0, directions);
    check_extent(context, i, 3, 1, multiple(hidden, gates));
  }
  check_extent(context, 1, 3, 2, x == nullptr ? Dimension() : (*x)[2]);
  check_extent(context, 3, 2, 1, multiple(hidden, 2 * gates));
  check_extent(context, 4, 1, 0, batch);
  for (const size_t i : {size_t{5}, size_t{6}}) {
    if (!context.has_input(i)) continue;
    check_extent(context, i, 3, layout, directions);
    check_extent(context, i, 3, 1 - layout, batch);
  }
  if (context.has_input(7)) check_extent(context, 7, 2, 1, multiple(hidden, 3));
  const Dimension each(directions);
  context.set_shape(0, layout == 0 ? PartialShape{length, each, batch, hidden}
                                   : PartialShape{batch, length, each, hidden});
  for (size_t i = 1; i < context.output_count(); ++i) {
    context.set_shape(
        i, layout == 0 ? PartialShape{each, batch, hidden} : PartialShape{batch, each, hidden});
  }
}

template <int64_t kGates>
void infer(InferContext& context) {
  infer_recurrent(context, kGates);
}

OpRow recurrent(std::string_view name, std::string_view signature, InferFunction infer_function,
                ExpandFunction expand, std::vector<AttributeDef> more) {
  std::vector<AttributeDef> attributes = {optional("activation_alpha", AttributeType::kFloats),
                                          optional("activation_beta", AttributeType::kFloats),
                                          optional("clip", AttributeType::kFloat),
                                          defaulted("direction", std::string("forward")),
                                          optional("hidden_size", AttributeType::kInt),
                                          defaulted("layout", int64_t{0})};
  attributes.insert(attributes.end(), more.begin(), more.end());
  return {.name = name,
          .signature = signature,
          .types = {{"T", kFloatTypes}, {"T1", {DataType::kInt32}}},
          .attributes = std::move(attributes),
          .infer = infer_function,
          .expand = expand};
}

}  // namespace

std::vector<OpRow> recurrent_ops() {
  const AttributeDef functions = optional("activations", AttributeType::kStrings);
  const AttributeDef two = defaulted("activations", std::vector<std::string>{"Tanh", "Tanh"});
  return {
      recurrent("RNN", "X:T, W:T, R:T, B:T?, sequence_lens:T1?, initial_h:T? -> Y:T?, Y_h:T?",
                infer<1>, expand_rnn, {two}),
      recurrent("GRU", "X:T, W:T, R:T, B:T?, sequence_lens:T1?, initial_h:T? -> Y:T?, Y_h:T?",
                infer<3>, expand_gru, {functions, defaulted("linear_before_reset", int64_t{0})}),
      recurrent("LSTM",
                "X:T, W:T, R:T, B:T?, sequence_lens:T1?, initial_h:T?, initial_c:T?, P:T? -> "
                "Y:T?, Y_h:T?, Y_c:T?",
                infer<4>, expand_lstm, {functions, defaulted("input_forget", int64_t{0})}),
  };
}

}  // namespace twingrad
