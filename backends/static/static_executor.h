#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/static/program.h"

namespace twingrad {

// Runs a graph for whatever input shapes come: one program for each set of input types, made when
// it is met first and kept. When there are kMostPrograms, further shapes share one program that
// knows no more of them than the graph says. Parameters are shared by all of them, so an update
// made under one shape is seen under another. Not for use by two threads at once.
class StaticExecutor {
 public:
  // Initializers that are updated are copied; the others are shared with the graph that was given.
  StaticExecutor(Graph graph, std::vector<Update> updates, const Backend& backend, ThreadPool& pool,
                 ProgramOptions options = {});

  const Graph& graph() const { return graph_; }

  // One run; inputs by position (fewer, or empty ones: defaults) or by name. Returns the graph's
  // outputs in order. Throws Error for unknown and missing inputs and types that do not fit.
  std::vector<Datum> run(std::span<const Datum> inputs, uint64_t seed = 0);
  std::vector<Datum> run(const std::map<std::string, Datum>& inputs, uint64_t seed = 0);
  // Without copies: valid until the next run under the same input types.
  std::span<const Datum> run_views(std::span<const Datum> inputs, uint64_t seed = 0);
  std::vector<Datum> by_position(const std::map<std::string, Datum>& inputs) const;

  // The program for inputs of these types.
  Program& program_for(std::span<const Datum> inputs);

  // An initializer's value now; Error if there is none of this name.
  const Tensor& parameter(std::string_view name) const;
  // Sets it for the runs that follow; type and shape must be equal.
  void set_parameter(std::string_view name, const Tensor& value);

  static constexpr size_t kMostPrograms = 16;

 private:
  struct Entry {
    std::vector<Type> types;
    std::unique_ptr<Program> program;
  };

  bool matches(const Entry& entry, std::span<const Datum> inputs) const;
  Type type_of(size_t i, const Datum& datum) const;
  Type general_type(size_t i, const Datum& datum) const;
  Program& general_program(std::span<const Datum> inputs);
  ValueId initializer(std::string_view name) const;

  Graph graph_;
  std::vector<Update> updates_;
  const Backend& backend_;
  ThreadPool& pool_;
  ProgramOptions options_;
  std::vector<Datum> given_;   // padded to the number of inputs
  std::list<Entry> programs_;  // the last used one first
  std::list<Entry> general_;   // for shapes beyond: one for each set of omitted inputs
  std::vector<bool> owned_;    // by value: the executor's own copy of an initializer
};

}  // namespace twingrad
