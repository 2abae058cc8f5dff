#include <algorithm>
#include <map>

#include "backends/reference/dispatch.h"
#include "backends/reference/tables.h"

namespace twingrad {
namespace {

// The n-grams of the pool, each with its column. Strings and integers are treated alike.
template <typename Item>
class Pool {
 public:
  Pool(const Attributes& attributes, const std::vector<Item>& items) {
    const auto& starts = attributes.integers("ngram_counts");
    const auto& columns = attributes.integers("ngram_indexes");
    const auto size = static_cast<int64_t>(items.size());
    size_t next = 0;
    for (size_t i = 0; i < starts.size(); ++i) {
      const int64_t end = i + 1 < starts.size() ? starts[i + 1] : size;
      const auto length = static_cast<int64_t>(i) + 1;
      check(starts[i] >= 0 && starts[i] <= end && end <= size && (end - starts[i]) % length == 0,
            "attribute 'ngram_counts' does not cut the pool into n-grams");
      for (int64_t at = starts[i]; at < end; at += length, ++next) {
        check(next < columns.size(), "the pool has more n-grams than 'ngram_indexes'");
        const auto first = items.begin() + at;
        columns_.emplace(std::vector<Item>(first, first + length), next);
      }
    }
  }

  const size_t* find(const std::vector<Item>& gram) const {
    const auto found = columns_.find(gram);
    return found == columns_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::vector<Item>, size_t> columns_;
};

// Adds 1 for every n-gram of the row; items of one may be `skip` items apart, and single items are
// counted once.
template <typename Item>
void count_grams(const Attributes& attributes, const Pool<Item>& pool, std::span<const Item> row,
                 std::vector<double>& counts) {
  const auto shortest = static_cast<size_t>(attributes.integer("min_gram_length"));
  const auto longest =
      std::min(static_cast<size_t>(attributes.integer("max_gram_length")), row.size());
  const auto most = std::min(static_cast<size_t>(attributes.integer("max_skip_count")), row.size());
  for (size_t skip = 0; skip <= most; ++skip) {
    for (size_t length = shortest; length <= longest; ++length) {
      if (length == 1 && skip > 0) continue;
      for (size_t start = 0; start + (length - 1) * (skip + 1) < row.size(); ++start) {
        std::vector<Item> gram;
        for (size_t k = 0; k < length; ++k) gram.push_back(row[start + k * (skip + 1)]);
        if (const size_t* found = pool.find(gram)) ++counts[*found];
      }
    }
  }
}

double score(const Attributes& attributes, double count, size_t gram) {
  const std::string& mode = attributes.text("mode");
  double weight = 1;
  if (attributes.has("weights")) {
    const auto& weights = attributes.get<std::vector<float>>("weights");
    check(gram < weights.size(), "there are more n-grams than weights");
    weight = static_cast<double>(weights[gram]);
  }
  if (mode == "TF") return count;
  return mode == "IDF" ? (count > 0 ? weight : 0) : count * weight;
}

template <typename Item>
void vectorize(const KernelContext& context, const std::vector<Item>& items,
               std::span<const Item> all) {
  const Attributes& attributes = context.attributes();
  const Pool<Item> pool(attributes, items);
  Tensor& y = context.output();
  const int64_t rows = y.rank() == 2 ? y.shape()[0] : 1;
  const int64_t columns = y.shape()[y.rank() - 1];
  const auto width = all.size() / static_cast<size_t>(std::max<int64_t>(rows, 1));
  const auto& places = attributes.integers("ngram_indexes");
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<double> counts(places.size());
    count_grams(attributes, pool, all.subspan(static_cast<size_t>(row) * width, width), counts);
    float* out = y.data<float>() + row * columns;
    std::fill_n(out, columns, 0.0F);
    for (size_t gram = 0; gram < counts.size(); ++gram) {
      if (counts[gram] == 0) continue;
      out[places[gram]] = static_cast<float>(score(attributes, counts[gram], gram));
    }
  }
}

void tf_idf(const KernelContext& context) {
  const Tensor& x = context.input(0);
  const Attributes& attributes = context.attributes();
  if (x.type() == DataType::kString) {
    check(attributes.has("pool_strings"), "strings need the attribute 'pool_strings'");
    const auto texts = x.strings();
    return vectorize<std::string>(context, attributes.get<std::vector<std::string>>("pool_strings"),
                                  {texts.data(), texts.size()});
  }
  check(attributes.has("pool_int64s"), "integers need the attribute 'pool_int64s'");
  const std::vector<int64_t> numbers = as_int64(x);
  vectorize<int64_t>(context, attributes.integers("pool_int64s"), numbers);
}

}  // namespace

std::vector<KernelRow> reference_tf_idf_kernels() {
  return {
      {.op = "TfIdfVectorizer", .run = tf_idf},
  };
}

}  // namespace twingrad
