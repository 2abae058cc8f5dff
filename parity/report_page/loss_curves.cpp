#include "parity/report_page/loss_curves.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "exporters/xml_text.h"

namespace twingrad {
namespace {

constexpr double kLeft = 70;
constexpr double kRight = 540;

struct Curve {
  std::string name;
  std::string style;
  std::vector<double> values;  // by step
};

// A band of the picture with an axis of its own. What is not positive has no place on a logarithmic
// axis and is left out there.
struct Band {
  double top;
  double bottom;
  bool logarithmic;
  double low;  // of the axis, as a logarithm where it is logarithmic
  double high;

  double scaled(double value) const { return logarithmic ? std::log10(value) : value; }
  bool shows(double value) const { return std::isfinite(value) && (!logarithmic || value > 0); }
  double y(double value) const {
    return bottom - (scaled(value) - low) / (high - low) * (bottom - top);
  }
};

Band band_of(double top, double bottom, const std::vector<Curve>& curves, bool logarithmic) {
  Band band{top, bottom, logarithmic, 1e300, -1e300};
  for (const Curve& curve : curves) {
    for (const double value : curve.values) {
      if (!band.shows(value)) continue;
      band.low = std::min(band.low, band.scaled(value));
      band.high = std::max(band.high, band.scaled(value));
    }
  }
  if (band.low > band.high) band.low = band.high = 0;
  const double room = std::max(0.05 * (band.high - band.low), 1e-3 * std::fabs(band.high) + 1e-12);
  band.low -= room;
  band.high += room;
  return band;
}

double x_of(size_t step, size_t steps) {
  if (steps < 2) return (kLeft + kRight) / 2;
  return kLeft + (kRight - kLeft) * static_cast<double>(step) / static_cast<double>(steps - 1);
}

void write_curve(std::ostream& out, const Curve& curve, const Band& band) {
  out << "<path class=\"" << curve.style << "\" d=\"";
  bool drawing = false;
  for (size_t i = 0; i < curve.values.size(); ++i) {
    if (!band.shows(curve.values[i])) {
      drawing = false;
      continue;
    }
    const double x = x_of(i, curve.values.size());
    out << (drawing ? "L" : "M") << x << "," << band.y(curve.values[i]);
    if (!drawing) out << "h.1";  // a step alone is a dot
    drawing = true;
  }
  out << "\"/>";
}

void write_axis(std::ostream& out, const Band& band, const std::string& title) {
  out << "<path class=\"axis\" d=\"M" << kLeft << "," << band.top << "V" << band.bottom << "H"
      << kRight << "\"/><text class=\"name\" x=\"" << kLeft << "\" y=\"" << band.top - 8 << "\">"
      << xml_text(title) << "</text>";
  for (const double share : {0.0, 0.5, 1.0}) {
    const double at = band.low + share * (band.high - band.low);
    std::ostringstream label;
    label.precision(3);
    label << (band.logarithmic ? std::pow(10.0, at) : at);
    out << "<text text-anchor=\"end\" x=\"" << kLeft - 6 << "\" y=\""
        << band.bottom - share * (band.bottom - band.top) + 4 << "\">" << label.str() << "</text>";
  }
}

void write_steps(std::ostream& out, size_t steps, double y) {
  std::vector<size_t> shown = {0};
  if (steps > 2) shown.push_back((steps - 1) / 2);
  if (steps > 1) shown.push_back(steps - 1);
  for (const size_t step : shown) {
    out << "<text text-anchor=\"middle\" x=\"" << x_of(step, steps) << "\" y=\"" << y << "\">"
        << (step == 0 ? "step " : "") << step + 1 << "</text>";
  }
}

void write_legend(std::ostream& out, const std::vector<Curve>& curves) {
  double y = 18;
  for (const Curve& curve : curves) {
    out << "<path class=\"" << curve.style << "\" d=\"M360," << y << "h30\"/><text class=\"name\" "
        << "x=\"398\" y=\"" << y + 4 << "\">" << xml_text(curve.name) << "</text>";
    y += 16;
  }
}

// Both sides of the legs that compare losses: the right side once, the left side of each.
std::vector<Curve> curves_of(const CaseReport& item, std::string_view name) {
  std::vector<Curve> curves;
  for (const LegReport& leg : item.legs) {
    if (leg.leg != name) continue;
    Curve ours{leg.left, curves.empty() ? "static" : "eager", {}};
    Curve theirs{leg.right, "reference", {}};
    for (const TensorVerdict& tensor : leg.tensors) {
      if (tensor.kind != "loss") continue;
      ours.values.push_back(tensor.left);
      theirs.values.push_back(tensor.right);
    }
    if (ours.values.empty()) continue;
    if (curves.empty()) curves.push_back(std::move(theirs));
    curves.push_back(std::move(ours));
  }
  return curves;
}

std::vector<Curve> distances_of(const std::vector<Curve>& curves) {
  std::vector<Curve> distances;
  for (size_t i = 1; i < curves.size(); ++i) {
    Curve distance{curves[i].name, curves[i].style, {}};
    for (size_t k = 0; k < curves[i].values.size(); ++k) {
      const double right = curves[0].values[k];
      distance.values.push_back(std::fabs(curves[i].values[k] - right) /
                                std::max(std::fabs(right), 1e-300));
    }
    distances.push_back(std::move(distance));
  }
  return distances;
}

bool all_zero(const std::vector<Curve>& curves) {
  return std::ranges::all_of(curves, [](const Curve& curve) {
    return std::ranges::all_of(curve.values, [](double value) { return value == 0; });
  });
}

bool spans_decades(const std::vector<Curve>& curves) {
  double low = 1e300;
  double high = 0;
  for (const Curve& curve : curves) {
    for (const double value : curve.values) {
      if (!(value > 0)) return false;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  return high > 30 * low;
}

}  // namespace

std::string loss_curves(const CaseReport& item) {
  std::vector<Curve> curves = curves_of(item, "reference");
  if (curves.empty()) curves = curves_of(item, "modes");
  if (curves.empty()) return "";
  const std::vector<Curve> distances = distances_of(curves);
  const bool equal = all_zero(distances);
  std::ostringstream out;
  out.precision(5);
  out << "<figure><svg class=\"chart\" viewBox=\"0 0 560 " << (equal ? 270 : 400)
      << "\" role=\"img\" aria-label=\"losses of " << xml_text(item.name) << "\">";
  const Band losses = band_of(70, 230, curves, spans_decades(curves));
  write_axis(out, losses, "loss");
  for (const Curve& curve : curves) write_curve(out, curve, losses);
  write_legend(out, curves);
  const size_t steps = curves[0].values.size();
  if (!equal) {
    const Band apart = band_of(270, 360, distances, true);
    write_axis(out, apart, "relative difference (steps without any are left out)");
    for (const Curve& curve : distances) write_curve(out, curve, apart);
  }
  write_steps(out, steps, equal ? 250 : 380);
  out << "</svg><figcaption>" << steps << (steps == 1 ? " step" : " steps")
      << (equal ? ", losses equal bit for bit" : "") << "</figcaption></figure>\n";
  return out.str();
}

}  // namespace twingrad
