#include "exporters/source/member_paths.h"

#include <algorithm>
#include <array>

#include "exporters/source/python_literal.h"

namespace twingrad {
namespace {

// What torch.nn.Module, its containers, keras.layers.Layer and dict have under the name.
constexpr std::array<std::string_view, 79> kTaken = {"T_destination",
                                                     "add_loss",
                                                     "add_metric",
                                                     "add_module",
                                                     "add_weight",
                                                     "append",
                                                     "apply",
                                                     "bfloat16",
                                                     "bind",
                                                     "buffers",
                                                     "build",
                                                     "built",
                                                     "call",
                                                     "call_super_init",
                                                     "children",
                                                     "clear",
                                                     "compile",
                                                     "compute_dtype",
                                                     "copy",
                                                     "count_params",
                                                     "cpu",
                                                     "cuda",
                                                     "double",
                                                     "dtype",
                                                     "dtype_policy",
                                                     "dump_patches",
                                                     "eval",
                                                     "evaluate",
                                                     "export",
                                                     "extend",
                                                     "extra_repr",
                                                     "fit",
                                                     "float",
                                                     "forward",
                                                     "from_config",
                                                     "get",
                                                     "get_buffer",
                                                     "get_config",
                                                     "get_parameter",
                                                     "get_submodule",
                                                     "get_weights",
                                                     "half",
                                                     "input",
                                                     "insert",
                                                     "ipu",
                                                     "items",
                                                     "keys",
                                                     "layers_by_depth",
                                                     "load_state_dict",
                                                     "load_weights",
                                                     "losses",
                                                     "metrics",
                                                     "modules",
                                                     "mtia",
                                                     "name",
                                                     "named_buffers",
                                                     "output",
                                                     "parameters",
                                                     "path",
                                                     "pop",
                                                     "predict",
                                                     "quantize",
                                                     "requires_grad_",
                                                     "save",
                                                     "self",
                                                     "set_weights",
                                                     "share_memory",
                                                     "state_dict",
                                                     "stop_training",
                                                     "summary",
                                                     "to",
                                                     "to_empty",
                                                     "train",
                                                     "trainable",
                                                     "training",
                                                     "type",
                                                     "update",
                                                     "values",
                                                     "variables"};

bool is_number(std::string_view text) {
  return !text.empty() && (text == "0" || text.front() != '0') &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool fits(std::string_view part) {
  return is_number(part) || (is_python_identifier(part) && !part.starts_with("_") &&
                             !std::ranges::binary_search(kTaken, part));
}

// Whether `path` can stand beside the others.
class Paths {
 public:
  explicit Paths(const std::set<std::string>& reserved) : leaves_(reserved) {}

  bool claim(const std::string& path) {
    if (path.empty() || leaves_.contains(path) || folders_.contains(path)) return false;
    for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
      if (leaves_.contains(path.substr(0, dot))) return false;
    }
    for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
      folders_.insert(path.substr(0, dot));
    }
    leaves_.insert(path);
    return true;
  }

 private:
  std::set<std::string> leaves_;
  std::set<std::string> folders_;
};

}  // namespace

std::string member_path(std::string_view name) {
  size_t start = 0;
  while (true) {
    const size_t dot = std::min(name.find('.', start), name.size());
    const std::string_view part = name.substr(start, dot - start);
    if (!fits(part) || (start == 0 && is_number(part))) return {};
    if (dot == name.size()) return std::string(name);
    start = dot + 1;
  }
}

std::string layer_path(const Graph& graph, const std::vector<MemberTensor>& tensors) {
  std::string path;
  for (const MemberTensor& tensor : tensors) {
    const std::string& name = graph.value(tensor.value).name;
    const std::string ending = "." + tensor.suffix;
    if (!name.ends_with(ending)) return {};
    const std::string own = name.substr(0, name.size() - ending.size());
    if (!path.empty() && own != path) return {};
    path = own;
  }
  return member_path(path);
}

void settle_paths(SourceProgram& program, const std::set<std::string>& reserved) {
  Paths paths(reserved);
  for (Member& member : program.members) {
    if (!paths.claim(member.path)) member.path.clear();
  }
  std::map<std::string, size_t> wanted;
  for (const Member& member : program.members) {
    if (member.path.empty()) ++wanted[member.fallback];
  }
  std::map<std::string, size_t> numbers;
  for (Member& member : program.members) {
    if (!member.path.empty()) continue;
    if (wanted[member.fallback] == 1 && paths.claim(member.fallback)) {
      member.path = member.fallback;
      continue;
    }
    do {
      member.path = member.fallback + std::to_string(++numbers[member.fallback]);
    } while (!paths.claim(member.path));
  }
}

}  // namespace twingrad
