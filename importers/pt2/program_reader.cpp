#include "importers/pt2/program_reader.h"

#include <algorithm>
#include <map>
#include <set>

#include "importers/pt2/graph_emitter.h"
#include "importers/pt2/unsupported.h"
#include "ir/error.h"
#include "ir/roles.h"

namespace twingrad {
namespace {

constexpr int64_t kSchemaMajor = 8;
constexpr uint64_t kFreeBytes = uint64_t{64} << 20;
constexpr uint64_t kMostRepeats = 16;  // bytes of tensors for a byte of the file

void check_schema(const JsonView& root) {
  const JsonView major = root.at("schema_version").at("major");
  if (major.integer() != kSchemaMajor) {
    fail_unsupported(major.path(), ": version ", major.integer(),
                     " of the schema is not supported, only ", kSchemaMajor);
  }
}

// The running statistics of BatchNormalization nodes, which training carries on by itself.
std::set<ValueId> normalization_statistics(const Graph& graph) {
  std::set<ValueId> result;
  for (const Node& node : graph.nodes()) {
    if (node.op == nullptr || node.op->name != "BatchNormalization") continue;
    for (size_t i = 3; i < std::min<size_t>(node.inputs.size(), 5); ++i) {
      result.insert(node.inputs[i]);
    }
  }
  return result;
}

class ProgramReader {
 public:
  ProgramReader(const JsonView& root, const Pt2Archive& archive, uint64_t file_size)
      : root_(root),
        graph_(root.at("graph_module").at("graph")),
        signature_(root.at("graph_module").at("signature")),
        archive_(archive),
        budget_(kFreeBytes +
                (file_size > UINT64_MAX / 32 ? UINT64_MAX / 2 : file_size * kMostRepeats)),
        builder_(model_.graph),
        emitter_(graph_, builder_) {}

  Model read() {
    check_program_operators(graph_);
    read_inputs();
    emitter_.emit_nodes();
    read_outputs();
    model_.producer_name = "pytorch";
    if (const auto version = root_.find("torch_version"); version && version->is_string()) {
      model_.producer_version = version->string();
    }
    return std::move(model_);
  }

 private:
  struct Buffer {
    std::string path;
    JsonView name;
    ValueId id;
  };

  void read_inputs() {
    const auto specs = signature_.at("input_specs").items();
    const auto inputs = graph_.at("inputs").items();
    check(specs.size() == inputs.size(), "the signature has ", specs.size(),
          " inputs, the graph has ", inputs.size());
    // Parameters first: they keep their names where an input or a node has the same.
    for (const bool data : {true, false}) {
      for (const JsonView& spec : specs) {
        const auto [kind, content] = read_union(spec);
        if (data) {
          read_data(kind, content);
        } else if (kind == "user_input") {
          read_user_input(content.at("arg"));
        }
      }
    }
  }

  void read_data(std::string_view kind, const JsonView& content) {
    if (kind == "user_input" || kind == "constant_input") return;
    if (kind == "parameter") {
      add_data(content, content.at("parameter_name"), archive_.weights(), "");
    } else if (kind == "buffer") {
      const auto persistent = content.find("persistent");
      const bool held = !persistent || persistent->is_null() || persistent->boolean();
      add_data(content, content.at("buffer_name"), held ? archive_.weights() : archive_.constants(),
               kBufferRole);
    } else if (kind == "tensor_constant") {
      add_data(content, content.at("tensor_constant_name"), archive_.constants(), kConstantRole);
    } else {
      fail_unsupported(content.path(), ": inputs of kind ", quoted_name(kind),
                       " are not supported");
    }
  }

  void add_data(const JsonView& content, const JsonView& path, const ArchivedTensors& tensors,
                std::string_view role) {
    const JsonView name = content.at("arg").at("name");
    const auto found = tensors.find(path.string());
    if (found == tensors.end()) {
      path.refuse("the archive holds no ", quoted_name(path.string()));
    }
    const ValueId id = initializer(found->first, found->second, role);
    emitter_.bind(name.string(), TorchTensor{id, emitter_.declared_complex(name)});
    if (role == kBufferRole) buffers_.push_back({found->first, name, id});
  }

  // Paths to one storage are one parameter, under the first of their names.
  ValueId initializer(const std::string& path, const ArchivedTensor& tensor,
                      std::string_view role) {
    const auto key = std::tuple(tensor.zip, tensor.member, tensor.layout.offset,
                                tensor.layout.shape.extents(), tensor.layout.strides);
    if (const auto known = held_.find(key); known != held_.end() && role.empty()) {
      model_.warnings.push_back("parameter " + quoted_name(path) + " is tied to " +
                                quoted_name(model_.graph.value(known->second).name));
      return known->second;
    }
    Tensor data;
    try {
      data = archive_.read(tensor);
      check(data.byte_size() <= budget_, "its tensors are too large for a file of this size");
      budget_ -= data.byte_size();
      data = with_parts(std::move(data));
    } catch (const Error& error) {
      throw error.at(quoted_name(path));
    }
    const ValueId id = builder_.initializer(path, std::move(data));
    if (!role.empty()) {
      model_.graph.value(id).metadata.emplace_back(kRoleKey, role);
    } else {
      held_.emplace(key, id);
    }
    return id;
  }

  // Complex numbers as two real ones along a last axis: their bytes stay.
  static Tensor with_parts(Tensor data) {
    if (!is_complex(data.type())) return data;
    Shape shape = data.shape();
    shape.append(2);
    const DataType part =
        data.type() == DataType::kComplex64 ? DataType::kFloat : DataType::kDouble;
    return {part, std::move(shape), data.storage()};
  }

  void read_user_input(const JsonView& argument) {
    const auto [kind, content] = read_union(argument);
    if (kind == "as_tensor") {
      const JsonView name = content.at("name");
      const ValueId id =
          builder_.input(model_.graph.free_name(name.string()), emitter_.declared_type(name));
      emitter_.bind(name.string(), TorchTensor{id, emitter_.declared_complex(name)});
    } else if (kind == "as_sym_int") {
      const auto name = content.find("as_name");
      if (!name) return;
      const ValueId id = builder_.input(model_.graph.free_name(name->string()),
                                        Type::tensor(DataType::kInt64, PartialShape{}));
      emitter_.bind(name->string(), TorchNumber::computed(TorchNumber::Kind::kInteger, id));
    } else if (kind != "as_none" && kind != "as_int" && kind != "as_float" && kind != "as_bool" &&
               kind != "as_string") {
      fail_unsupported(argument.path(), ": inputs of kind ", quoted_name(kind),
                       " are not supported");
    }
  }

  void read_outputs() {
    const auto specs = signature_.at("output_specs").items();
    const auto items = graph_.at("outputs").items();
    check(specs.size() == items.size(), "the signature has ", specs.size(),
          " outputs, the graph has ", items.size());
    std::set<std::string, std::less<>> told;
    for (const bool mutations : {false, true}) {
      for (size_t i = 0; i < specs.size(); ++i) {
        const auto [kind, content] = read_union(specs[i]);
        const bool mutation = kind.ends_with("_mutation");
        if (kind == "token") fail_unsupported(specs[i].path(), ": tokens are not supported");
        if (mutation != mutations) continue;
        const auto buffer = content.find("buffer_name");
        if (mutation && buffer) told.emplace(buffer->string());
        if (!mutation) {
          add_output(items[i], emitter_.output(items[i]));
        } else if (!buffer || !is_statistic(buffer->string())) {
          add_mutation(items[i], emitter_.output(items[i]), content);
        }
      }
    }
    for (const Buffer& buffer : buffers_) {
      if (!told.contains(buffer.path)) add_written_buffer(buffer);
    }
    model_.graph.set_outputs(outputs_);
  }

  // In the dialect of training a buffer that a node writes into is in no signature.
  void add_written_buffer(const Buffer& buffer) {
    const TorchBinding binding = emitter_.find(buffer.name);
    const ValueId id = std::get<TorchTensor>(binding).id;
    if (id == buffer.id || is_statistic(buffer.path)) return;
    add_named_output(buffer.path + ".next", id);
    warn_of_mutation(buffer.path);
  }

  void add_mutation(const JsonView& item, ValueId id, const JsonView& content) {
    add_output(item, id);
    for (const std::string_view key : {"buffer_name", "user_input_name", "parameter_name"}) {
      if (const auto name = content.find(key)) warn_of_mutation(std::string(name->string()));
    }
  }

  void warn_of_mutation(const std::string& name) {
    model_.warnings.push_back("the program changes " + quoted_name(name) +
                              ": its new value is output " +
                              quoted_name(model_.graph.value(outputs_.back()).name) +
                              " and is not carried to the next run");
  }

  // Running statistics, and how often BatchNorm updated them.
  bool is_statistic(std::string_view path) {
    if (path.ends_with("num_batches_tracked")) return true;
    if (!statistics_) statistics_ = normalization_statistics(model_.graph);
    return std::ranges::any_of(buffers_, [&](const Buffer& buffer) {
      return buffer.path == path && statistics_->contains(buffer.id);
    });
  }

  void add_output(const JsonView& item, ValueId id) {
    if (id == kNoValue) return;  // None or a number of Python
    const JsonView content = read_union(item).second;
    const auto name = content.find("name");
    add_named_output(std::string((name ? *name : content.at("as_name")).string()), id);
  }

  // Outputs are results of nodes, each under the name that the program gives it.
  void add_named_output(const std::string& name, ValueId id) {
    const Value& value = model_.graph.value(id);
    const bool free =
        value.kind == Value::Kind::kResult && std::ranges::find(outputs_, id) == outputs_.end();
    if (!free || value.name != name) {
      NodeSpec spec{.op = "Identity", .inputs = {id}};
      spec.outputs = {model_.graph.free_name(name)};
      id = builder_.emit(std::move(spec))[0];
    }
    outputs_.push_back(id);
  }

  JsonView root_;
  JsonView graph_;
  JsonView signature_;
  const Pt2Archive& archive_;
  uint64_t budget_;
  Model model_;
  Builder builder_;
  GraphEmitter emitter_;
  std::map<std::tuple<size_t, size_t, int64_t, std::vector<int64_t>, std::vector<int64_t>>, ValueId>
      held_;
  std::vector<Buffer> buffers_;
  std::optional<std::set<ValueId>> statistics_;
  std::vector<ValueId> outputs_;
};

}  // namespace

Model read_program(const JsonView& root, const Pt2Archive& archive, uint64_t file_size) {
  check_schema(root);
  return ProgramReader(root, archive, file_size).read();
}

}  // namespace twingrad
