#include "parity/runner.h"

#include <algorithm>

#include "backends/eager.h"
#include "backends/static/program.h"
#include "ir/error.h"
#include "parity/derivation.h"

namespace twingrad {
namespace {

Answer answer_eagerly(const Question& question, const Backend& backend, ThreadPool& pool) {
  Graph graph;
  Eager eager(graph, {&backend, &pool, nullptr, question.seed});
  const Derivation ids =
      derive(eager, question,
             [&eager](Builder&, const std::string& name, const Datum& value, const Type& declared) {
               return eager.input(name, value, declared);
             });
  const auto values = [&eager](const std::map<std::string, ValueId>& from) {
    NamedData result;
    for (const auto& [name, id] : from) result[name] = eager.datum(id);
    return result;
  };
  Answer answer{values(ids.outputs), {}, values(ids.second_order), values(ids.third_order)};
  for (const auto& [name, id] : ids.gradients) {
    answer.gradients[name] = id == kNoValue ? std::nullopt : std::optional<Datum>(eager.datum(id));
  }
  return answer;
}

// Everything that is asked for becomes an output of one graph: forward, backward and beyond.
Answer answer_by_program(const Question& question, const Backend& backend, ThreadPool& pool,
                         const ProgramOptions& options, const GraphRewrite& rewrite) {
  Graph graph;
  Builder builder(graph);
  std::vector<Datum> inputs;
  const Derivation ids =
      derive(builder, question,
             [&](Builder&, const std::string& name, const Datum& value, const Type& declared) {
               inputs.push_back(value);
               return builder.input(name, refined_type(declared, value));
             });
  std::vector<ValueId> outputs;
  for (const auto* part : {&ids.outputs, &ids.gradients, &ids.second_order, &ids.third_order}) {
    for (const auto& [name, id] : *part) {
      if (id != kNoValue) outputs.push_back(id);
    }
  }
  std::ranges::sort(outputs);
  outputs.erase(std::unique(outputs.begin(), outputs.end()), outputs.end());
  graph.set_outputs(outputs);
  if (rewrite) graph = rewrite(graph);
  Program program(graph, {}, {}, backend, pool, options);
  const std::vector<Datum> results = program.run(inputs, question.seed);
  const auto value_of = [&](ValueId id) {
    const auto at = std::ranges::lower_bound(outputs, id) - outputs.begin();
    return results[static_cast<size_t>(at)];
  };
  const auto values = [&](const std::map<std::string, ValueId>& from) {
    NamedData named;
    for (const auto& [name, id] : from) named[name] = value_of(id);
    return named;
  };
  Answer answer{values(ids.outputs), {}, values(ids.second_order), values(ids.third_order)};
  for (const auto& [name, id] : ids.gradients) {
    answer.gradients[name] = id == kNoValue ? std::nullopt : std::optional<Datum>(value_of(id));
  }
  return answer;
}

}  // namespace

Runner eager_runner(const Backend& backend, ThreadPool& pool) {
  return {"eager/" + std::string(backend.name()), [&backend, &pool](const Question& question) {
            return answer_eagerly(question, backend, pool);
          }};
}

Runner static_runner(const Backend& backend, ThreadPool& pool,
                     std::vector<std::string> without_passes, GraphRewrite rewrite) {
  ProgramOptions options;
  options.without = std::move(without_passes);
  const std::string mode = options.without.empty() ? "static/" : "static-nopass/";
  return {mode + std::string(backend.name()),
          [&backend, &pool, options, rewrite = std::move(rewrite)](const Question& question) {
            return answer_by_program(question, backend, pool, options, rewrite);
          }};
}

Runner runner_by_name(std::string_view name, ThreadPool& pool) {
  const size_t slash = name.find('/');
  check(slash != std::string_view::npos, "unknown runner ", quoted_name(name),
        ", expected MODE/BACKEND as in static/openblas");
  const Backend& backend = backend_by_name(name.substr(slash + 1));
  const std::string_view mode = name.substr(0, slash);
  if (mode == "eager") return eager_runner(backend, pool);
  if (mode == "static") return static_runner(backend, pool);
  if (mode == "static-nopass") {
    return static_runner(backend, pool, {"fold", "cse", "simplify", "dce", "fuse"});
  }
  fail("unknown mode ", quoted_name(mode), ", there are: eager, static, static-nopass");
}

}  // namespace twingrad
