#include "parity/repairs/alias.h"

#include <algorithm>
#include <map>
#include <set>

#include "ir/error.h"
#include "parity/repairs/origins.h"

namespace twingrad {
namespace {

// Under which name a reading knows its parameter.
struct Alias {
  std::string name;
  bool transposed = false;
  bool certain = false;
};

class AliasPlanner {
 public:
  AliasPlanner(const Graph& graph, Ties ties) : graph_(graph), ties_(ties), origins_(graph) {}

  Plan plan() {
    const std::vector<Reading> readings = parameter_readings(graph_);
    for (const Reading& reading : readings) {
      own_.try_emplace(reading.parameter, own_name(reading));
    }
    for (const Reading& reading : readings) visit(reading);
    return std::move(plan_);
  }

 private:
  Alias alias_of(const Reading& reading) const;
  std::string own_name(const Reading& first) const;
  bool were_distinct(const Reading& reading, const Alias& alias, const std::string& own) const;
  bool is_free(const std::string& name, ValueId read) const;
  void visit(const Reading& reading);
  void untie(const Reading& reading, const Alias& alias);

  const Graph& graph_;
  Ties ties_;
  Origins origins_;
  std::map<ValueId, std::string> own_;
  std::set<std::string> made_;
  Plan plan_;
};

Alias AliasPlanner::alias_of(const Reading& reading) const {
  const std::string& read = graph_.value(reading.read).name;
  if (const auto origin = origins_.of(reading.node, reading.input)) {
    if (origin->certain || is_made_up(read)) {
      return {origin->name, origin->transposed, origin->certain};
    }
  }
  return {read};
}

// A parameter whose name is made up is called as the first that reads it calls it.
std::string AliasPlanner::own_name(const Reading& first) const {
  const std::string& name = graph_.value(first.parameter).name;
  return is_made_up(name) ? alias_of(first).name : name;
}

bool AliasPlanner::were_distinct(const Reading& reading, const Alias& alias,
                                 const std::string& own) const {
  if (ties_ != Ties::kByOrigin) return ties_ == Ties::kNone;
  return alias.certain || is_uniform(*graph_.value(reading.parameter).data) ||
         differ_in_numbers_only(alias.name, own);
}

// Nothing has the name but the Identity that goes.
bool AliasPlanner::is_free(const std::string& name, ValueId read) const {
  const auto taken = graph_.find(name);
  if (!taken) return true;
  const auto& outputs = graph_.outputs();
  return *taken == read && graph_.value(read).producer != kNoNode &&
         std::ranges::find(outputs, read) == outputs.end();
}

void AliasPlanner::untie(const Reading& reading, const Alias& alias) {
  const Value& parameter = graph_.value(reading.parameter);
  plan_.rewirings.push_back({reading.node, reading.input, alias.name, alias.transposed});
  if (!made_.insert(alias.name).second) return;
  plan_.parameters.push_back(
      {alias.name, alias.transposed ? transposed_matrix(*parameter.data) : *parameter.data,
       own_metadata(parameter)});
  plan_.deeds.push_back({reading.node,
                         quoted_name(alias.name) + " is tied to " + quoted_name(parameter.name),
                         quoted_name(alias.name) + " is a parameter of its own"});
}

void AliasPlanner::visit(const Reading& reading) {
  const Alias alias = alias_of(reading);
  const std::string& own = own_.at(reading.parameter);
  const bool other = alias.name != own;
  if (other && were_distinct(reading, alias, own)) {
    if (made_.contains(alias.name) || is_free(alias.name, reading.read)) untie(reading, alias);
    return;
  }
  if (reading.read == reading.parameter) return;
  const std::string& parameter = graph_.value(reading.parameter).name;
  const std::string& read = graph_.value(reading.read).name;
  plan_.rewirings.push_back({reading.node, reading.input, parameter});
  if (!made_.insert(read).second) return;
  plan_.deeds.push_back(
      {reading.node, quoted_name(read) + " is tied to " + quoted_name(parameter),
       quoted_name(parameter) + " is read without the Identity that gave " + quoted_name(read)});
}

}  // namespace

Plan alias_plan(const Graph& graph, Ties ties) {
  return AliasPlanner(graph, ties).plan();
}

}  // namespace twingrad
