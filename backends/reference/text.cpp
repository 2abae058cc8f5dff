#include <re2/re2.h>

#include <locale.h>  // newlocale and its kin, which <clocale> has not
#include <cstdlib>
#include <cwctype>
#include <memory>

#include "backends/elementwise.h"
#include "backends/reference/tables.h"
#include "ir/error.h"
#include "ir/utf8.h"

namespace twingrad {
namespace {

// Where element i of a shape lies in a tensor that is broadcast to it.
int64_t broadcast_offset(int64_t i, const Shape& shape, const Shape& from) {
  int64_t offset = 0;
  int64_t stride = 1;
  for (int64_t axis = from.rank(), whole = shape.rank(); whole-- > 0;) {
    const int64_t coordinate = i % shape[whole];
    i /= shape[whole];
    if (--axis < 0) break;
    if (from[axis] != 1) offset += coordinate * stride;
    stride *= from[axis];
  }
  return offset;
}

void concat_strings(const KernelContext& context) {
  const Tensor& a = context.input(0);
  const Tensor& b = context.input(1);
  Tensor& y = context.output();
  for (int64_t i = 0; i < y.element_count(); ++i) {
    const auto left = static_cast<size_t>(broadcast_offset(i, y.shape(), a.shape()));
    const auto right = static_cast<size_t>(broadcast_offset(i, y.shape(), b.shape()));
    y.strings()[static_cast<size_t>(i)] = a.strings()[left] + b.strings()[right];
  }
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// As Python splits: without a delimiter at runs of white space, which are dropped at the ends.
std::vector<std::string> split_text(const std::string& text, const std::string& delimiter,
                                    int64_t most) {
  std::vector<std::string> parts;
  size_t begin = 0;
  const auto may_split = [&] { return most < 0 || static_cast<int64_t>(parts.size()) < most; };
  if (!delimiter.empty()) {
    for (size_t at = text.find(delimiter); at != std::string::npos && may_split();
         at = text.find(delimiter, begin)) {
      parts.push_back(text.substr(begin, at - begin));
      begin = at + delimiter.size();
    }
    parts.push_back(text.substr(begin));
    return parts;
  }
  const auto skip = [&](bool spaces, size_t from) {
    while (from < text.size() && is_space(text[from]) == spaces) ++from;
    return from;
  };
  for (begin = skip(true, 0); begin < text.size();) {
    const size_t end = may_split() ? skip(false, begin) : text.size();
    parts.push_back(text.substr(begin, end - begin));
    begin = skip(true, end);
  }
  while (!parts.empty() && !parts.back().empty() && is_space(parts.back().back())) {
    parts.back().pop_back();
  }
  return parts;
}

std::vector<Datum> split_strings(const EvaluationContext& context) {
  const Tensor& x = context.tensor(0);
  const Attributes& attributes = context.attributes();
  const std::string delimiter =
      attributes.has("delimiter") ? attributes.text("delimiter") : std::string();
  const int64_t most = attributes.has("maxsplit") ? attributes.integer("maxsplit") : -1;
  std::vector<std::vector<std::string>> all;
  size_t longest = 0;
  Tensor counts(DataType::kInt64, x.shape());
  for (const std::string& text : x.strings()) {
    all.push_back(split_text(text, delimiter, most));
    longest = std::max(longest, all.back().size());
    counts.data<int64_t>()[all.size() - 1] = static_cast<int64_t>(all.back().size());
  }
  Shape shape = x.shape();
  shape.append(static_cast<int64_t>(longest));
  std::vector<std::string> parts(all.size() * longest);
  for (size_t i = 0; i < all.size(); ++i) {
    std::ranges::move(all[i], parts.begin() + static_cast<std::ptrdiff_t>(i * longest));
  }
  return {Tensor::of_strings(std::move(shape), std::move(parts)), std::move(counts)};
}

// Case by Unicode, whatever the locale of the machine: "C.UTF-8" is built into the C library.
class CaseChange {
 public:
  CaseChange() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ == nullptr) fail_unsupported("changing case needs the locale C.UTF-8");
  }
  ~CaseChange() { freelocale(locale_); }
  CaseChange(const CaseChange&) = delete;
  CaseChange& operator=(const CaseChange&) = delete;

  std::string changed(const std::string& text, bool upper) const {
    check(is_utf8(text), "a string is no UTF-8");
    const locale_t before = uselocale(locale_);
    std::string result;
    std::mbstate_t state{};
    std::mbstate_t output{};
    for (size_t i = 0; i < text.size();) {
      wchar_t letter = 0;
      const size_t length = std::mbrtowc(&letter, text.data() + i, text.size() - i, &state);
      i += length == 0 ? 1 : length;
      const std::wint_t other = upper ? towupper_l(static_cast<std::wint_t>(letter), locale_)
                                      : towlower_l(static_cast<std::wint_t>(letter), locale_);
      char bytes[MB_LEN_MAX];
      result.append(bytes, std::wcrtomb(bytes, static_cast<wchar_t>(other), &output));
    }
    uselocale(before);
    return result;
  }

 private:
  locale_t locale_;
};

std::vector<Datum> normalize_strings(const EvaluationContext& context) {
  const Tensor& x = context.tensor(0);
  const Attributes& attributes = context.attributes();
  const bool sensitive = attributes.flag("is_case_sensitive");
  const std::string& change = attributes.text("case_change_action");
  const CaseChange letters;
  const auto compared = [&](const std::string& text) {
    return sensitive ? text : letters.changed(text, false);
  };
  std::vector<std::string> stopwords;
  if (attributes.has("stopwords")) {
    for (const auto& word : attributes.get<std::vector<std::string>>("stopwords")) {
      stopwords.push_back(compared(word));
    }
  }
  std::vector<std::string> kept;
  for (const std::string& text : x.strings()) {
    if (std::ranges::find(stopwords, compared(text)) != stopwords.end()) continue;
    kept.push_back(change == "NONE" ? text : letters.changed(text, change == "UPPER"));
  }
  if (kept.empty()) kept.emplace_back();
  const auto count = static_cast<int64_t>(kept.size());
  return {Tensor::of_strings(x.rank() == 2 ? Shape{1, count} : Shape{count}, std::move(kept))};
}

void match_strings(const KernelContext& context) {
  check(context.attributes().has("pattern"), "attribute 'pattern' is missing");
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 pattern(context.attributes().text("pattern"), options);
  check(pattern.ok(), "attribute 'pattern': ", pattern.error());
  const auto texts = context.input(0).strings();
  for (size_t i = 0; i < texts.size(); ++i) {
    context.output().data<bool>()[i] = RE2::FullMatch(texts[i], pattern);
  }
}

}  // namespace

std::vector<KernelRow> reference_text_kernels() {
  return {
      {.op = "StringConcat", .types = kStringType, .run = concat_strings},
      {.op = "StringSplit", .evaluate = split_strings},
      {.op = "StringNormalizer", .evaluate = normalize_strings},
      {.op = "RegexFullMatch", .run = match_strings},
  };
}

}  // namespace twingrad
