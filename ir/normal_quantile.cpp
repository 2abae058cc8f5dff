#include "ir/normal_quantile.h"

#include <array>
#include <cmath>
#include <numbers>
#include <span>

namespace twingrad {
namespace {

// Every product that is added to something goes through std::fma: a compiler may or may not fuse
// a * b + c, and then the last bit would depend on the machine.
double polynomial(std::span<const double> coefficients, double x) {
  double value = 0;
  for (size_t i = coefficients.size(); i-- > 0;) value = std::fma(value, x, coefficients[i]);
  return value;
}

// For x in (0, 1): x = m * 2^e with m near 1, log m = 2 artanh((m - 1) / (m + 1)) as its series.
double natural_log(double x) {
  constexpr std::array<double, 12> kSeries = {2.0,      2.0 / 3,  2.0 / 5,  2.0 / 7,
                                              2.0 / 9,  2.0 / 11, 2.0 / 13, 2.0 / 15,
                                              2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < std::numbers::sqrt2 / 2) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);
  return std::fma(exponent, std::numbers::ln2, s * polynomial(kSeries, s * s));
}

// The coefficients of AS 241: A, B near the middle, C, D further out, E, F in the tails.
using Coefficients = std::array<double, 8>;
constexpr Coefficients kA = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                             1.9715909503065514427e+3, 1.3731693765509461125e+4,
                             4.5921953931549871457e+4, 6.7265770927008700853e+4,
                             3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr Coefficients kB = {1.0,
                             4.2313330701600911252e+1,
                             6.8718700749205790830e+2,
                             5.3941960214247511077e+3,
                             2.1213794301586595867e+4,
                             3.9307895800092710610e+4,
                             2.8729085735721942674e+4,
                             5.2264952788528545610e+3};
constexpr Coefficients kC = {1.42343711074968357734e0,  4.63033784615654529590e0,
                             5.76949722146069140550e0,  3.64784832476320460504e0,
                             1.27045825245236838258e0,  2.41780725177450611770e-1,
                             2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Coefficients kD = {1.0,
                             2.05319162663775882187e0,
                             1.67638483018380384940e0,
                             6.89767334985100004550e-1,
                             1.48103976427480074590e-1,
                             1.51986665636164571966e-2,
                             5.47593808499534494600e-4,
                             1.05075007164441684324e-9};
constexpr Coefficients kE = {6.65790464350110377720e0,  5.46378491116411436990e0,
                             1.78482653991729133580e0,  2.96560571828504891230e-1,
                             2.65321895265761230930e-2, 1.24266094738807843860e-3,
                             2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Coefficients kF = {1.0,
                             5.99832206555887937690e-1,
                             1.36929880922735805310e-1,
                             1.48753612908506148525e-2,
                             7.86869131145613259100e-4,
                             1.84631831751005468180e-5,
                             1.42151175831644588870e-7,
                             2.04426310338993978564e-15};

}  // namespace

double normal_quantile(double probability) {
  const double q = probability - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = std::fma(-q, q, 0.180625);
    return q * polynomial(kA, r) / polynomial(kB, r);
  }
  const double tail = q < 0 ? probability : 1 - probability;
  const double r = std::sqrt(-natural_log(tail));
  const double value = r <= 5 ? polynomial(kC, r - 1.6) / polynomial(kD, r - 1.6)
                              : polynomial(kE, r - 5) / polynomial(kF, r - 5);
  return q < 0 ? -value : value;
}

}  // namespace twingrad
