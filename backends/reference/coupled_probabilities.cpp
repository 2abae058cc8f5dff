#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// LIBSVM's solution of the coupling of pairwise probabilities (T.-F. Wu, C.-J. Lin, R. C. Weng:
// "Probability Estimates for Multi-class Classification by Pairwise Coupling", 2004, algorithm 2),
// with its bounds, its precision and its limit of steps, since a result that were exact would be
// another one.
void couple(std::span<const double> pairs, std::span<double> p) {
  const auto classes = static_cast<int64_t>(p.size());
  const auto at = [classes](int64_t i, int64_t j) { return static_cast<size_t>(i * classes + j); };
  std::vector<double> r(p.size() * p.size(), 0);
  size_t next = 0;
  for (int64_t i = 0; i < classes; ++i) {
    for (int64_t j = i + 1; j < classes; ++j) {
      r[at(i, j)] = std::clamp(pairs[next++], 1e-7, 1 - 1e-7);
      r[at(j, i)] = 1 - r[at(i, j)];
    }
  }
  std::vector<double> q(r.size(), 0);
  for (int64_t i = 0; i < classes; ++i) {
    for (int64_t j = 0; j < classes; ++j) {
      if (i == j) continue;
      q[at(i, i)] += r[at(j, i)] * r[at(j, i)];
      q[at(i, j)] = -r[at(j, i)] * r[at(i, j)];
    }
  }
  std::ranges::fill(p, 1 / static_cast<double>(classes));
  std::vector<double> qp(p.size());
  for (int step = 0; step < 100; ++step) {
    double pqp = 0;
    for (int64_t i = 0; i < classes; ++i) {
      const auto row = static_cast<size_t>(i);
      qp[row] = 0;
      for (int64_t j = 0; j < classes; ++j) qp[row] += q[at(i, j)] * p[static_cast<size_t>(j)];
      pqp += p[row] * qp[row];
    }
    double error = 0;
    for (const double value : qp) error = std::max(error, std::fabs(value - pqp));
    if (error < 0.005 / static_cast<double>(classes)) break;
    for (int64_t i = 0; i < classes; ++i) {
      const auto row = static_cast<size_t>(i);
      const double move = (pqp - qp[row]) / q[at(i, i)];
      p[row] += move;
      pqp = (pqp + move * (move * q[at(i, i)] + 2 * qp[row])) / (1 + move) / (1 + move);
      for (int64_t j = 0; j < classes; ++j) {
        const auto column = static_cast<size_t>(j);
        qp[column] = (qp[column] + move * q[at(i, j)]) / (1 + move);
        p[column] /= 1 + move;
      }
    }
  }
}

void coupled_probabilities(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const auto pairs = static_cast<size_t>(x.shape()[1]);
  const auto classes = static_cast<size_t>(context.output().shape()[1]);
  for (size_t row = 0; row < static_cast<size_t>(x.shape()[0]); ++row) {
    couple({x.data<double>() + row * pairs, pairs},
           {context.output().data<double>() + row * classes, classes});
  }
}

}  // namespace

std::vector<KernelRow> reference_coupled_probabilities_kernels() {
  return {{.op = "CoupledProbabilities", .run = coupled_probabilities, .domain = kInternalDomain}};
}

}  // namespace twingrad
