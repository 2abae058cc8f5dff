#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <memory>

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "backends/eager.h"
#include "backends/static/program.h"
#include "cli/bench_comparison.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "ir/error.h"
#include "ir/random.h"
#include "ir/replay.h"
#include "parity/environment.h"
#include "training/trainer.h"

namespace twingrad {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct BenchOptions : ModelOptions {
  std::string what = "train";
  std::string bench_mode = "both";
  std::string optimizer = "sgd";
  std::string loss = "cross_entropy";
  double seconds = 2;
  std::string json;
  std::string compare;
};

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// What is timed: made once (`build_ms`), then called.
struct Workload {
  double build_ms = 0;
  std::function<Trainer::Size()> size;  // after a step
  std::function<void()> step;
};

NamedTensors tensor_inputs(const BenchOptions& options, const Model& model) {
  NamedTensors tensors;
  for (const auto& [name, datum] : model_inputs(model.graph, input_choices(options, model.graph))) {
    if (!datum.is_tensor()) fail_unsupported("input ", quoted_name(name), " is no tensor");
    tensors[name] = datum.tensor();
  }
  return tensors;
}

Shape output_shape(const Graph& graph, const NamedTensors& inputs, const std::string& name) {
  Graph scratch;
  Builder builder(scratch);
  ValueMap map = replay_data(graph, builder);
  for (const ValueId id : graph.inputs()) {
    const auto found = inputs.find(graph.value(id).name);
    const Tensor& value = found != inputs.end() ? found->second : *graph.value(id).data;
    map[static_cast<size_t>(id)] =
        builder.input("", Type::tensor(value.type(), PartialShape(value.shape())));
  }
  for (const Node& node : graph.nodes()) replay_node(graph, node, builder, map);
  const Type& type = builder.type(map[static_cast<size_t>(*graph.find(name))]);
  check(type.is_static(), "the shape of output ", quoted_name(name), " is not known beforehand");
  return type.shape->shape();
}

// Drawn class indices, or drawn numbers of the prediction's shape.
Tensor drawn_target(const std::string& loss, const Shape& prediction, DataType type,
                    uint64_t seed) {
  if (!has_class_target(loss)) return drawn_tensor(type, prediction, seed, stream_of("target"));
  check(prediction.rank() >= 2, "a prediction of shape ", prediction, " has no classes");
  Shape shape{prediction[0]};
  for (int64_t axis = 2; axis < prediction.rank(); ++axis) shape.append(prediction[axis]);
  Tensor target(DataType::kInt64, shape);
  const RandomStream random(seed, stream_of("target"));
  for (int64_t i = 0; i < target.element_count(); ++i) {
    target.data<int64_t>()[i] = static_cast<int64_t>(
        random.below(static_cast<uint64_t>(prediction[1]), static_cast<uint64_t>(i)));
  }
  return target;
}

Workload training_workload(const BenchOptions& options, const Model& model, bool planned,
                           const Backend& backend, ThreadPool& pool) {
  NamedTensors inputs = tensor_inputs(options, model);
  StepSpec spec;
  spec.loss.kind = options.loss;
  const Value& prediction = model.graph.value(model.graph.outputs()[0]);
  spec.loss.prediction = prediction.name;
  spec.optimizer = {options.optimizer, "torch", {}};
  spec.optimizer.settings.set("lr", options.optimizer == "adam" ? 0.001 : 0.01);
  if (options.loss != "output") {
    spec.loss.target = "__target";
    inputs[spec.loss.target] =
        drawn_target(options.loss, output_shape(model.graph, inputs, prediction.name),
                     prediction.type.element, options.seed);
  }
  TrainerOptions trainer_options;
  trainer_options.backend = &backend;
  trainer_options.pool = &pool;
  const auto start = Clock::now();
  TrainableModel trainable(model.graph, spec);
  std::shared_ptr<Trainer> trainer =
      planned ? make_static_trainer(std::move(trainable), trainer_options)
              : make_eager_trainer(std::move(trainable), trainer_options);
  return {milliseconds_since(start), [trainer] { return trainer->size(); },
          [trainer, inputs] { trainer->step(inputs, 0); }};
}

Workload forward_workload(const BenchOptions& options, const Model& model, bool planned,
                          const Backend& backend, ThreadPool& pool) {
  const NamedTensors inputs = tensor_inputs(options, model);
  std::vector<Datum> data;
  std::vector<Type> types;
  for (const ValueId id : model.graph.inputs()) {
    const auto found = inputs.find(model.graph.value(id).name);
    data.emplace_back(found != inputs.end() ? found->second : *model.graph.value(id).data);
    types.push_back(
        Type::tensor(data.back().tensor().type(), PartialShape(data.back().tensor().shape())));
  }
  if (planned) {
    const auto start = Clock::now();
    auto program =
        std::make_shared<Program>(model.graph, types, std::span<const Update>(), backend, pool);
    const ProgramStatistics& statistics = program->statistics();
    return {milliseconds_since(start),
            [&statistics] {
              return Trainer::Size{statistics.nodes_before, statistics.steps};
            },
            [program, data] { program->run_views(data); }};
  }
  auto buffers = std::make_shared<BufferPool>();
  const size_t nodes = model.graph.nodes().size();
  return {0,
          [nodes] {
            return Trainer::Size{nodes, nodes};
          },
          [&model, &backend, &pool, data, buffers] {
            Graph graph;
            Eager eager(graph, {&backend, &pool, buffers.get(), 0});
            std::vector<ValueId> ids;
            ids.reserve(data.size());
            for (const Datum& datum : data) ids.push_back(eager.input("", datum));
            replay(model.graph, eager, ids);
          }};
}

// First step, then as many as fit into the time, at least ten.
Json measure(const BenchOptions& options, const Model& model, bool planned) {
  const Backend& backend = backend_by_name(options.backend);
  const auto pool = thread_pool(options);
  const Workload work = options.what == "train"
                            ? training_workload(options, model, planned, backend, *pool)
                            : forward_workload(options, model, planned, backend, *pool);
  auto start = Clock::now();
  work.step();
  const double first = milliseconds_since(start);
  for (int i = 0; i < 2; ++i) work.step();
  std::vector<double> times;
  const auto begin = Clock::now();
  while (times.size() < 10 || milliseconds_since(begin) < 1000 * options.seconds) {
    start = Clock::now();
    work.step();
    times.push_back(milliseconds_since(start));
  }
  std::ranges::sort(times);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {{"mode", planned ? "static" : "eager"},
          {"what", options.what},
          {"build_ms", work.build_ms},
          {"first_ms", first},
          {"median_ms", times[times.size() / 2]},
          {"min_ms", times.front()},
          {"p90_ms", times[times.size() * 9 / 10]},
          {"iterations", times.size()},
          {"peak_bytes", usage.ru_maxrss * 1024},
          {"nodes", work.size().nodes},
          {"kernels", work.size().kernels}};
}

// In a process of its own, so that the memory and the warm caches of one mode are not the other's.
Json measure_apart(const BenchOptions& options, bool planned) {
  int ends[2];
  check(pipe(ends) == 0, "cannot make a pipe");
  const pid_t child = fork();
  check(child >= 0, "cannot start a process");
  if (child == 0) {
    close(ends[0]);
    std::string text;
    try {
      text = measure(options, load_model(options), planned).dump();
    } catch (const Error& error) {
      text = Json({{"error", error.what()},
                   {"unsupported", error.kind() == Error::Kind::kUnsupported}})
                 .dump();
    }
    const ssize_t written = write(ends[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  check(status == 0, "the measuring process ended with status ", status);
  Json json = Json::parse(text);
  if (json.contains("error")) {
    throw Error(json["error"].get<std::string>(), json["unsupported"].get<bool>()
                                                      ? Error::Kind::kUnsupported
                                                      : Error::Kind::kInvalid);
  }
  return json;
}

void print_runs(const Json& report) {
  std::cout << std::left << std::setw(7) << "mode" << std::right;
  for (const char* title : {"build ms", "first ms", "median ms", "min ms", "p90 ms", "MB"}) {
    std::cout << std::setw(10) << title;
  }
  std::cout << std::setw(7) << "nodes" << std::setw(9) << "kernels"
            << "\n"
            << std::fixed << std::setprecision(3);
  for (const Json& run : report["runs"]) {
    std::cout << std::left << std::setw(7) << run["mode"].get<std::string>() << std::right;
    for (const char* key : {"build_ms", "first_ms", "median_ms", "min_ms", "p90_ms"}) {
      std::cout << std::setw(10) << run[key].get<double>();
    }
    std::cout << std::setw(10) << std::setprecision(1) << run["peak_bytes"].get<double>() / 1e6
              << std::setprecision(3) << std::setw(7) << run["nodes"].get<size_t>() << std::setw(9)
              << run["kernels"].get<size_t>() << "\n";
  }
}

int bench(const BenchOptions& options) {
  std::optional<EarlierBench> earlier;
  if (!options.compare.empty()) earlier = read_bench(options.compare);
  Json report = {{"format", "twingrad-bench"}, {"version", 1}, {"model", options.model}};
  report["threads"] = options.threads > 0 ? options.threads : ThreadPool::default_thread_count();
  {
    const Model model = load_model(options);
    const NamedTensors inputs = tensor_inputs(options, model);
    const bool batched = !inputs.empty() && inputs.begin()->second.rank() > 0;
    report["batch"] = batched ? inputs.begin()->second.shape()[0] : 1;
    ThreadPool pool(1);
    report["environment"] = Json::object();
    for (const auto& [key, value] : environment(pool)) {
      if (key != "threads") report["environment"][key] = value;
    }
  }
  report["runs"] = Json::array();
  for (const bool planned : {true, false}) {
    const std::string mode = planned ? "static" : "eager";
    if (options.bench_mode != "both" && options.bench_mode != mode) continue;
    report["runs"].push_back(measure_apart(options, planned));
  }
  if (!options.json.empty()) write_text(options.json, report.dump(1) + "\n");
  if (options.json != "-") print_runs(report);
  if (!earlier) return 0;
  const BenchComparison comparison = compared(*earlier, report);
  (options.json == "-" ? std::cerr : std::cout) << "\n" << comparison.text;
  for (const std::string& run : comparison.missing) {
    std::cerr << "not compared: " << quoted_name(options.compare) << " has no run '" << run
              << "'\n";
  }
  return comparison.missing.empty() ? 0 : 3;
}

}  // namespace

Command bench_command() {
  return {"bench", "times a model in both modes side by side",
          [](FlagSet& app) -> std::function<int()> {
            auto options = std::make_shared<BenchOptions>();
            declare_model(app, *options);
            app.remove("--mode");
            app.add_option("--mode", options->bench_mode, "static, eager or both")
                .one_of({"static", "eager", "both"})
                .show_default();
            app.add_option("--what", options->what, "forward or train")
                .one_of({"forward", "train"})
                .show_default();
            app.add_option("--optimizer", options->optimizer, "sgd or adam")
                .one_of({"sgd", "adam"})
                .show_default();
            app.add_option("--loss", options->loss, "see 'train --help'").show_default();
            app.add_option("--seconds", options->seconds, "how long each mode runs").show_default();
            app.add_option("--json", options->json, "the figures as JSON; - is standard output")
                .type_name("FILE");
            app.add_option("--compare", options->compare,
                           "shows the figures beside those of an earlier --json")
                .type_name("FILE");
            return [options] { return bench(*options); };
          }};
}

}  // namespace twingrad
