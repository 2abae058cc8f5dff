#include "exporters/drawing/layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "ir/utf8.h"

namespace twingrad {
namespace {

constexpr double kGap = 24;         // between boxes of a layer
constexpr double kLayerGap = 36;    // between layers
constexpr double kColumnGap = 120;  // between forward and backward
constexpr double kMargin = 20;
constexpr int kLongestDetour = 12;  // layers that an arrow goes around boxes
constexpr int kRounds = 6;

// A box, or the point where an arrow passes a layer.
struct Spot {
  int layer = 0;
  bool backward = false;
  double width = 0;
  double height = 0;
  double x = 0;  // of its middle
  std::vector<size_t> above;
  std::vector<size_t> below;
};

// Least squares under x[i + 1] >= x[i] + distance[i]: pool adjacent violators.
void separate(std::vector<double>& wanted, const std::vector<double>& distances) {
  struct Block {
    double sum;
    size_t count;
    double mean() const { return sum / static_cast<double>(count); }
  };
  std::vector<Block> blocks;
  std::vector<double> offsets(wanted.size(), 0);
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (i > 0) offsets[i] = offsets[i - 1] + distances[i - 1];
    blocks.push_back({wanted[i] - offsets[i], 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
      blocks[blocks.size() - 2].sum += blocks.back().sum;
      blocks[blocks.size() - 2].count += blocks.back().count;
      blocks.pop_back();
    }
  }
  size_t i = 0;
  for (const Block& block : blocks) {
    for (size_t k = 0; k < block.count; ++k, ++i) wanted[i] = block.mean() + offsets[i];
  }
}

// Characters of three bytes and more, such as Chinese ones, are mostly as wide as two.
size_t text_columns(const std::string& text) {
  size_t columns = 0;
  for (const std::string_view character : characters(text)) columns += character.size() > 2 ? 2 : 1;
  return columns;
}

class LayoutMaker {
 public:
  explicit LayoutMaker(const Panel& panel) : panel_(panel), passes_(panel.arrows.size()) {}

  Layout make() {
    add_boxes();
    find_layers();
    add_arrows();
    fill_layers();
    for (int round = 0; round < kRounds; ++round) {
      for (auto& layer : layers_) sort_by_neighbours(layer, true);
      for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
        sort_by_neighbours(*layer, false);
      }
    }
    for (int round = 0; round < kRounds; ++round) {
      for (auto& layer : layers_) place_by_neighbours(layer);
      for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
        place_by_neighbours(*layer);
      }
    }
    part_columns();
    return result();
  }

 private:
  void add_boxes() {
    for (const Box& box : panel_.boxes) {
      size_t longest = text_columns(box.title);
      for (const std::string& line : box.lines) longest = std::max(longest, text_columns(line));
      for (const Measure& one : box.measures) longest = std::max(longest, text_columns(one.text));
      Spot spot;
      spot.width = static_cast<double>(longest) * kCharacterWidth + 20;
      spot.height =
          static_cast<double>(1 + box.lines.size() + box.measures.size()) * kLineHeight + 10;
      spot.backward = box.kind == Box::Kind::kBackward;
      spots_.push_back(std::move(spot));
    }
  }

  // What a backward box leads to is backward too, and so is an input that only such boxes read.
  void find_backward(const std::vector<std::vector<size_t>>& next) {
    for (size_t i = 0; i < spots_.size(); ++i) {  // boxes come in the order of computation
      for (const size_t to : next[i]) spots_[to].backward |= spots_[i].backward;
    }
    for (size_t i = 0; i < spots_.size(); ++i) {
      if (panel_.boxes[i].kind != Box::Kind::kInput || next[i].empty()) continue;
      spots_[i].backward =
          std::ranges::all_of(next[i], [&](size_t to) { return spots_[to].backward; });
    }
  }

  // By the longest path, backward ones from the last forward layer on. What waits for no other box
  // of its column stands just before its first reader: inputs, and what the gradient computes again
  // from forward values alone.
  void find_layers() {
    std::vector<std::vector<size_t>> next(spots_.size());
    std::vector<bool> waits(spots_.size(), false);
    for (const Arrow& arrow : panel_.arrows) next[arrow.from].push_back(arrow.to);
    find_backward(next);
    int deepest = 0;
    for (const bool backward : {false, true}) {
      for (size_t i = 0; i < spots_.size(); ++i) {
        if (spots_[i].backward != backward) continue;
        spots_[i].layer = std::max(spots_[i].layer, backward ? deepest + 1 : 0);
        const bool starts = !backward || panel_.boxes[i].kind == Box::Kind::kInput;
        for (const size_t to : next[i]) {
          if (spots_[to].backward != backward || !(starts || waits[i])) continue;
          waits[to] = true;
          spots_[to].layer = std::max(spots_[to].layer, spots_[i].layer + 1);
        }
      }
      for (const Spot& spot : spots_) {
        if (!backward && !spot.backward) deepest = std::max(deepest, spot.layer);
      }
    }
    for (size_t i = spots_.size(); i-- > 0;) {
      std::optional<int> first;
      for (const size_t to : next[i]) {
        if (spots_[to].backward != spots_[i].backward) continue;
        first = std::min(first.value_or(spots_[to].layer), spots_[to].layer);
      }
      if (!waits[i] && first) spots_[i].layer = *first - 1;
    }
    turn_upwards(deepest);
  }

  void turn_upwards(int deepest) {
    int lowest = 0;
    for (Spot& spot : spots_) {
      if (spot.backward) spot.layer = 2 * deepest + 1 - spot.layer;
      lowest = std::min(lowest, spot.layer);
    }
    for (Spot& spot : spots_) spot.layer -= lowest;
  }

  void link(size_t a, size_t b) {
    const bool down = spots_[a].layer < spots_[b].layer;
    spots_[down ? a : b].below.push_back(down ? b : a);
    spots_[down ? b : a].above.push_back(down ? a : b);
  }

  void add_arrows() {
    for (size_t i = 0; i < panel_.arrows.size(); ++i) {
      const Arrow& arrow = panel_.arrows[i];
      const int span = spots_[arrow.to].layer - spots_[arrow.from].layer;
      const bool across = spots_[arrow.from].backward != spots_[arrow.to].backward;
      if (span == 0 || across || std::abs(span) > kLongestDetour) continue;
      size_t last = arrow.from;
      const int step = span > 0 ? 1 : -1;
      for (int layer = spots_[arrow.from].layer + step; layer != spots_[arrow.to].layer;
           layer += step) {
        Spot pass;
        pass.layer = layer;
        pass.backward = spots_[arrow.from].backward;
        pass.width = 4;
        spots_.push_back(std::move(pass));
        passes_[i].push_back(spots_.size() - 1);
        link(last, spots_.size() - 1);
        last = spots_.size() - 1;
      }
      link(last, arrow.to);
    }
  }

  void fill_layers() {
    int deepest = 0;
    for (const Spot& spot : spots_) deepest = std::max(deepest, spot.layer);
    layers_.resize(static_cast<size_t>(deepest) + 1);
    for (size_t i = 0; i < spots_.size(); ++i) {
      layers_[static_cast<size_t>(spots_[i].layer)].push_back(i);
    }
    for (auto& layer : layers_) {
      std::ranges::stable_sort(layer, {}, [&](size_t i) { return spots_[i].backward; });
      for (size_t k = 0; k < layer.size(); ++k) spots_[layer[k]].x = static_cast<double>(k);
    }
  }

  double mean(const std::vector<size_t>& spots, double otherwise) const {
    if (spots.empty()) return otherwise;
    double sum = 0;
    for (const size_t i : spots) sum += spots_[i].x;
    return sum / static_cast<double>(spots.size());
  }

  // Here x is the position in the layer's order.
  void sort_by_neighbours(std::vector<size_t>& layer, bool above) {
    std::vector<std::pair<double, size_t>> keys;
    keys.reserve(layer.size());
    for (const size_t i : layer) {
      keys.emplace_back(mean(above ? spots_[i].above : spots_[i].below, spots_[i].x), i);
    }
    std::ranges::stable_sort(keys, [&](const auto& a, const auto& b) {
      if (spots_[a.second].backward != spots_[b.second].backward) return spots_[b.second].backward;
      return a.first < b.first;
    });
    for (size_t k = 0; k < keys.size(); ++k) {
      layer[k] = keys[k].second;
      spots_[layer[k]].x = static_cast<double>(k);
    }
  }

  void place_by_neighbours(const std::vector<size_t>& layer) {
    if (layer.empty()) return;
    std::vector<double> wanted;
    std::vector<double> distances;
    for (size_t k = 0; k < layer.size(); ++k) {
      const Spot& spot = spots_[layer[k]];
      std::vector<size_t> neighbours = spot.above;
      neighbours.insert(neighbours.end(), spot.below.begin(), spot.below.end());
      wanted.push_back(mean(neighbours, spot.x));
      if (k == 0) continue;
      const Spot& before = spots_[layer[k - 1]];
      distances.push_back((before.width + spot.width) / 2 + kGap);
    }
    separate(wanted, distances);
    for (size_t k = 0; k < layer.size(); ++k) spots_[layer[k]].x = wanted[k];
  }

  // Moves everything backward to the right of everything forward.
  void part_columns() {
    double right = 0;
    double left = 0;
    bool any_forward = false;
    bool any_backward = false;
    for (const Spot& spot : spots_) {
      if (spot.backward) {
        left = any_backward ? std::min(left, spot.x - spot.width / 2) : spot.x - spot.width / 2;
        any_backward = true;
      } else {
        right = any_forward ? std::max(right, spot.x + spot.width / 2) : spot.x + spot.width / 2;
        any_forward = true;
      }
    }
    if (!any_forward || !any_backward) return;
    const double shift = right + kColumnGap - left;
    for (Spot& spot : spots_) {
      if (spot.backward) spot.x += shift;
    }
  }

  Layout result() const {
    Layout layout;
    double leftmost = spots_.empty() ? 0 : spots_[0].x;
    for (const Spot& spot : spots_) leftmost = std::min(leftmost, spot.x - spot.width / 2);
    std::vector<double> middles;  // of the layers
    double y = kMargin;
    for (const auto& layer : layers_) {
      double height = 0;
      for (const size_t i : layer) height = std::max(height, spots_[i].height);
      middles.push_back(y + height / 2);
      y += height + kLayerGap;
    }
    const auto middle = [&](size_t i) {
      return Point{spots_[i].x - leftmost + kMargin, middles[static_cast<size_t>(spots_[i].layer)]};
    };
    for (size_t i = 0; i < panel_.boxes.size(); ++i) {
      const Spot& spot = spots_[i];
      const Point at = middle(i);
      layout.boxes.push_back(
          {{at.x - spot.width / 2, at.y - spot.height / 2}, spot.width, spot.height});
      layout.width = std::max(layout.width, at.x + spot.width / 2 + kMargin);
    }
    layout.height = y - kLayerGap + kMargin;
    for (size_t i = 0; i < panel_.arrows.size(); ++i) {
      const Arrow& arrow = panel_.arrows[i];
      std::vector<Point> corners = {border(layout.boxes[arrow.from], arrow, true)};
      for (const size_t pass : passes_[i]) corners.push_back(middle(pass));
      corners.push_back(border(layout.boxes[arrow.to], arrow, false));
      layout.arrows.push_back(std::move(corners));
    }
    return layout;
  }

  // Where an arrow leaves or meets a box: above, below, or at the side towards the other column.
  Point border(const Place& place, const Arrow& arrow, bool leaves) const {
    const Spot& from = spots_[arrow.from];
    const Spot& to = spots_[arrow.to];
    const bool across = from.backward != to.backward || from.layer == to.layer;
    const double x = place.corner.x;
    const double y = place.corner.y;
    if (across) {
      const bool right = leaves == (from.x <= to.x);
      return {right ? x + place.width : x, y + place.height / 2};
    }
    const bool bottom = leaves == (from.layer < to.layer);
    return {x + place.width / 2, bottom ? y + place.height : y};
  }

  const Panel& panel_;
  std::vector<Spot> spots_;  // boxes first
  std::vector<std::vector<size_t>> layers_;
  std::vector<std::vector<size_t>> passes_;  // of each arrow, in its direction
};

}  // namespace

Layout layout_of(const Panel& panel) {
  return LayoutMaker(panel).make();
}

}  // namespace twingrad
