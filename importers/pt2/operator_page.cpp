#include "importers/pt2/operator_page.h"

#include <map>
#include <sstream>

#include "importers/pt2/rows.h"

namespace twingrad {
namespace {

constexpr std::string_view kIntroduction = R"(# PyTorch's exported programs

twingrad reads what `torch.export.save` writes, a `.pt2` file, wherever a model is expected:

    torch.export.save(torch.export.export(model.eval(), (x,)), "model.pt2")

    twingrad inspect model.pt2
    twingrad run model.pt2 --input x=x.npy
    twingrad convert model.pt2 -o model.onnx

- **Archives**: those of torch 2.6 and of its successors, schema version 8. Nothing of a pickle is ever run: of an archive of
  torch 2.6 the tensors are read by an interpreter that knows dicts, tensors and parameters and refuses every other name.
  Weights that an archive stores as pickles (`use_pickle`) are refused.
- **Programs** fresh from `export` and after `run_decompositions()`. In a fresh one, writes into tensors (`add_`, `copy_`,
  also through views by `select`, `slice`, `view`, `transpose` and the like) are carried out on values.
- **Names**: parameters and buffers are initializers under torch's own names (`layer1.0.conv1.weight`); inputs, outputs and
  results have the program's. Where a result has the name of a parameter, the result's becomes `name_1`. Tied parameters are
  one, under the first of their names. Buffers and constants are marked (`twingrad.role`), and training leaves them alone.
- **Dynamic shapes**: a named extent of an input (`s77`) stays open; sizes that the program computes are int64 scalars.
- **BatchNorm** in training becomes BatchNormalization in training mode, which carries its running statistics on while
  twingrad trains (ONNX's are of the biased variance, PyTorch's of the unbiased one). Every other buffer that a program changes
  is one more output with its new value, and a warning says so; it is not carried to the next run.
- **Dropout** draws as ONNX's Dropout, by twingrad's own random numbers; random tensors likewise. A dropout inside of
  `scaled_dot_product_attention` has a mask that no bundle can name.
- **Control flow**: `cond` becomes If, `while_loop` Loop, `map` and `scan` Scan.
- **Complex numbers** are pairs of real ones along a last axis of 2, at inputs and outputs too.
- **Gradients** at kinks and ties are those of PyTorch under the convention `torch`. `detach`, and the row of `padding_idx` of
  an embedding, stop gradients, so central differences see a slope there that PyTorch denies.
- PyTorch 2.15's own derivative of `batch_norm` in evaluation is wrong where the gradient arrives transposed, as behind
  `flatten(2).transpose(1, 2)`: `torch.autograd.gradcheck` fails there, and so does a bundle that recorded it.
- Not read: custom operators and objects, sparse and quantized tensors, packed sequences (`lstm.data`), projections of LSTM,
  `as_strided` of a tensor that does not lie in memory row by row. Unknown operators are listed, all in one line.

`scripts/record_pt2.py` exports models and records what PyTorch computes from them as bundles for `twingrad check`;
`scripts/verify_pt2.sh` does so with architectures of torchvision and timm.

This page is written by `twingrad operators --pytorch`.

)";

// "aten.add.Tensor" as "add" and "Tensor"; what is not of aten keeps its namespace.
std::pair<std::string, std::string> parts_of(std::string_view target) {
  if (!target.starts_with("aten.")) return {std::string(target), ""};
  target.remove_prefix(5);
  const size_t dot = target.rfind('.');
  return {std::string(target.substr(0, dot)), std::string(target.substr(dot + 1))};
}

}  // namespace

std::string pt2_page() {
  std::map<std::string, std::vector<std::string>> operators;
  std::vector<std::string> others;
  size_t overloads = 0;
  for (const AtenOperator* row : all_aten_operators()) {
    const auto [name, overload] = parts_of(row->target);
    if (overload.empty()) {
      others.push_back(name);
    } else {
      operators[name].push_back(overload);
      ++overloads;
    }
  }
  std::ostringstream page;
  page << kIntroduction << "## Operators of aten (" << operators.size() << ", " << overloads
       << " overloads)\n\nThe same with an `_` behind their name write into their first "
          "argument.\n\n"
       << "| operator | overloads |\n| --- | --- |\n";
  for (const auto& [name, list] : operators) {
    page << "| " << name << " |";
    for (const std::string& overload : list) page << ' ' << overload;
    page << " |\n";
  }
  page << "\n## Others (" << others.size() << ")\n\n";
  for (const std::string& name : others) page << "- `" << name << "`\n";
  return page.str();
}

}  // namespace twingrad
