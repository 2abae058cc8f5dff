#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "parity/question.h"

namespace twingrad {

// A way to answer a question. Parity compares runners, so a new mode or backend is one more.
struct Runner {
  std::string name;  // "static/openblas"
  std::function<Answer(const Question&)> run;
};

// The pool outlives the runner.
Runner eager_runner(const Backend& backend, ThreadPool& pool);
// `rewrite`, if any, has the graph of forward and derivatives before the passes have it.
using GraphRewrite = std::function<Graph(const Graph&)>;
Runner static_runner(const Backend& backend, ThreadPool& pool,
                     std::vector<std::string> without_passes = {}, GraphRewrite rewrite = nullptr);
// "static/openblas", "eager/reference", "static-nopass/openblas"; throws Error for other names.
Runner runner_by_name(std::string_view name, ThreadPool& pool);

}  // namespace twingrad
