#include "exporters/source/pytorch/pytorch.h"

#include <array>

#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/shared_rows.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr std::string_view kBatchNorm =
    R"(def batch_norm(x, mean, var, weight, bias, eps=1e-5):
    """Batch normalization by given statistics, which have gradients."""
    shape = (-1, *[1] * (x.dim() - 2))
    y = (x - mean.view(shape)) * torch.rsqrt(var + eps).view(shape)
    return y * weight.view(shape) + bias.view(shape)
)";

constexpr std::string_view kLstm =
    R"(def lstm(x, w, r, b=None, h=None, c=None, reverse=(False,)):
    """ONNX's LSTM (gates i, o, f, c) over [time, batch, size], a pass a direction."""
    passes = []
    for d, backwards in enumerate(reverse):
        h_t = x.new_zeros(x.shape[1], r.shape[2]) if h is None else h[d]
        c_t = torch.zeros_like(h_t) if c is None else c[d]
        gates = (torch.flip(x, [0]) if backwards else x) @ w[d].T
        if b is not None:
            gates = gates + b[d].view(2, -1).sum(dim=0)
        y = []
        for gate in gates:
            i, o, f, g = (gate + h_t @ r[d].T).chunk(4, dim=1)
            c_t = torch.sigmoid(f) * c_t + torch.sigmoid(i) * torch.tanh(g)
            h_t = torch.sigmoid(o) * torch.tanh(c_t)
            y.append(h_t)
        y = torch.stack(y)
        passes.append((torch.flip(y, [0]) if backwards else y, h_t, c_t))
    y, h, c = zip(*passes)
    return torch.stack(y, dim=1), torch.stack(h), torch.stack(c)
)";

constexpr std::string_view kGru =
    R"(def gru(x, w, r, b=None, h=None, reverse=(False,)):
    """ONNX's GRU (gates z, r, h; linear_before_reset) over [time, batch, size]."""
    passes = []
    for d, backwards in enumerate(reverse):
        h_t = x.new_zeros(x.shape[1], r.shape[2]) if h is None else h[d]
        w_b, r_b = (0, 0) if b is None else b[d].chunk(2)
        y = []
        for gate in (torch.flip(x, [0]) if backwards else x) @ w[d].T + w_b:
            z, s, g = gate.chunk(3, dim=1)
            z_h, s_h, g_h = (h_t @ r[d].T + r_b).chunk(3, dim=1)
            z = torch.sigmoid(z + z_h)
            h_t = (1 - z) * torch.tanh(g + torch.sigmoid(s + s_h) * g_h) + z * h_t
            y.append(h_t)
        y = torch.stack(y)
        passes.append((torch.flip(y, [0]) if backwards else y, h_t))
    y, h = zip(*passes)
    return torch.stack(y, dim=1), torch.stack(h)
)";

constexpr std::string_view kGruResetBefore =
    R"(def gru_reset_before(x, w, r, b=None, h=None, reverse=(False,)):
    """ONNX's GRU (gates z, r, h; the reset before the product) over [time, batch, size]."""
    passes = []
    for d, backwards in enumerate(reverse):
        h_t = x.new_zeros(x.shape[1], r.shape[2]) if h is None else h[d]
        w_b = 0 if b is None else b[d].view(2, -1).sum(dim=0)
        r_z, r_s, r_g = r[d].chunk(3)
        y = []
        for gate in (torch.flip(x, [0]) if backwards else x) @ w[d].T + w_b:
            z, s, g = gate.chunk(3, dim=1)
            z = torch.sigmoid(z + h_t @ r_z.T)
            s = torch.sigmoid(s + h_t @ r_s.T)
            h_t = (1 - z) * torch.tanh(g + (s * h_t) @ r_g.T) + z * h_t
            y.append(h_t)
        y = torch.stack(y)
        passes.append((torch.flip(y, [0]) if backwards else y, h_t))
    y, h = zip(*passes)
    return torch.stack(y, dim=1), torch.stack(h)
)";

constexpr std::string_view kRnn =
    R"(def rnn(x, w, r, b=None, h=None, reverse=(False,), relu=False):
    """ONNX's RNN (tanh, or relu) over [time, batch, size], a pass a direction."""
    activation = torch.relu if relu else torch.tanh
    passes = []
    for d, backwards in enumerate(reverse):
        h_t = x.new_zeros(x.shape[1], r.shape[2]) if h is None else h[d]
        bias = 0 if b is None else b[d].view(2, -1).sum(dim=0)
        y = []
        for gate in (torch.flip(x, [0]) if backwards else x) @ w[d].T + bias:
            h_t = activation(gate + h_t @ r[d].T)
            y.append(h_t)
        y = torch.stack(y)
        passes.append((torch.flip(y, [0]) if backwards else y, h_t))
    y, h = zip(*passes)
    return torch.stack(y, dim=1), torch.stack(h)
)";

constexpr std::string_view kDft =
    R"(def dft(x, axis, length=None, inverse=False, onesided=False):
    """ONNX's DFT: the last axis holds real numbers, or real and imaginary parts."""
    if onesided:
        return torch.view_as_real(torch.fft.rfft(x[..., 0], length, axis))
    x = torch.complex(x[..., 0], x[..., 1]) if x.shape[-1] == 2 else x[..., 0]
    y = torch.fft.ifft(x, length, axis) if inverse else torch.fft.fft(x, length, axis)
    return torch.view_as_real(y)
)";

constexpr std::string_view kLoop =
    R"(def loop(body, count, condition, state, captures):
    """ONNX's Loop: the state after the last turn, and what all turns stack."""
    turn, turns = 0, []
    while condition and (count is None or turn < count):
        condition, *values = body(torch.tensor(turn), condition, *state, *captures)
        state = values[: len(state)]
        turns.append(values[len(state) :])
        turn += 1
    return (*state, *map(torch.stack, zip(*turns)))
)";

Member tensor_member(const Value& value, const Tensor& data, bool trains) {
  Member member;
  const bool has_name = value.data && value.kind != Value::Kind::kConstant;
  member.path = has_name ? member_path(value.name) : "";
  member.fallback = trains ? "weight" : "constant";
  std::vector<Code> arguments = {data.rank() == 0 ? Code{"()"} : Code{joined([&data] {
    std::vector<Code> extents;
    for (const int64_t extent : data.shape()) extents.push_back(python_integer(extent));
    return extents;
  }())}};
  if (!trains && data.type() != DataType::kFloat) {
    arguments.push_back(keyword("dtype", {torch_type(data.type())}));
  }
  member.construct = trains ? "nn.Parameter" : "buffer";
  member.arguments = {{"data", call("torch.empty", arguments).text, true}};
  return member;
}

Code literal(const Tensor& tensor) {
  std::vector<Code> arguments = {python_elements(tensor)};
  const DataType type = tensor.type();
  const bool usual =
      type == DataType::kInt64 || type == DataType::kFloat || type == DataType::kBool;
  if (!usual || tensor.element_count() == 0) {
    arguments.push_back(keyword("dtype", {torch_type(type)}));
  }
  return call("torch.tensor", arguments);
}

std::vector<SourceRow> all_rows() {
  std::vector<SourceRow> rows;
  for (const auto family :
       {pytorch_elementwise_rows, pytorch_shape_rows, pytorch_reduction_rows, pytorch_linear_rows,
        pytorch_convolution_rows, pytorch_pooling_rows, pytorch_normalization_rows,
        pytorch_indexing_rows, pytorch_recurrent_rows, pytorch_loss_rows, pytorch_control_flow_rows,
        shared_transform_rows}) {
    const std::vector<SourceRow> more = family();
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

std::span<const SourceRow> rows() {
  static const std::vector<SourceRow> table = all_rows();
  return table;
}

}  // namespace

std::string torch_type(DataType type) {
  switch (type) {
    case DataType::kFloat:
      return "torch.float32";
    case DataType::kDouble:
      return "torch.float64";
    case DataType::kFloat16:
      return "torch.float16";
    case DataType::kBfloat16:
      return "torch.bfloat16";
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32:
    case DataType::kInt64:
    case DataType::kUint8:
    case DataType::kUint16:
    case DataType::kUint32:
    case DataType::kUint64:
    case DataType::kBool:
      return "torch." + std::string(data_type_name(type));
    default:
      fail_unsupported("elements of type ", data_type_name(type));
  }
}

std::string_view pytorch_helper(std::string_view name) {
  if (name == "batch_norm") return kBatchNorm;
  if (name == "dft") return kDft;
  if (name == "loop") return kLoop;
  if (name == "lstm") return kLstm;
  if (name == "gru") return kGru;
  if (name == "gru_reset_before") return kGruResetBefore;
  return kRnn;
}

const Framework& pytorch() {
  static const Framework framework = {"pytorch",     "PyTorch", rows,
                                      tensor_member, literal,   write_pytorch};
  return framework;
}

}  // namespace twingrad
