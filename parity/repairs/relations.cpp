#include "parity/repairs/relations.h"

namespace twingrad {
namespace {

void append(std::vector<GradientTerm>& list, const std::vector<GradientTerm>& more, bool flip) {
  for (const GradientTerm& term : more)
    list.push_back({term.name, term.transposed != flip, term.divisors});
}

}  // namespace

std::pair<int, bool> Relations::find(const std::string& name, Terms side) const {
  for (size_t i = 0; i < parts_.size(); ++i) {
    for (const GradientTerm& term : parts_[i].*side) {
      if (term.name == name) return {static_cast<int>(i), term.transposed};
    }
  }
  return {-1, false};
}

void Relations::connect(const std::string& before, const std::string& after, bool transposed) {
  const auto [old_part, old_flip] = find(before, &GradientRelation::before);
  const auto [new_part, new_flip] = find(after, &GradientRelation::after);
  if (old_part < 0 && new_part < 0) {
    parts_.push_back({{{before, false}}, {{after, transposed}}});
  } else if (old_part < 0) {
    parts_[static_cast<size_t>(new_part)].before.push_back({before, new_flip != transposed});
  } else if (new_part < 0) {
    parts_[static_cast<size_t>(old_part)].after.push_back({after, old_flip != transposed});
  } else if (old_part != new_part) {
    const bool flip = (old_flip != transposed) != new_flip;
    GradientRelation& whole = parts_[static_cast<size_t>(old_part)];
    append(whole.before, parts_[static_cast<size_t>(new_part)].before, flip);
    append(whole.after, parts_[static_cast<size_t>(new_part)].after, flip);
    parts_.erase(parts_.begin() + new_part);
  }
}

}  // namespace twingrad
