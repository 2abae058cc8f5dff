#include "importers/npy_header.h"

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

struct Descr {
  std::string_view text;  // without the byte order
  DataType type;
};

constexpr std::array<Descr, 14> kDescrs = {{{"f2", DataType::kFloat16},
                                            {"f4", DataType::kFloat},
                                            {"f8", DataType::kDouble},
                                            {"i1", DataType::kInt8},
                                            {"i2", DataType::kInt16},
                                            {"i4", DataType::kInt32},
                                            {"i8", DataType::kInt64},
                                            {"u1", DataType::kUint8},
                                            {"u2", DataType::kUint16},
                                            {"u4", DataType::kUint32},
                                            {"u8", DataType::kUint64},
                                            {"b1", DataType::kBool},
                                            {"c8", DataType::kComplex64},
                                            {"c16", DataType::kComplex128}}};

// The dictionary literal, read from left to right. Nothing is evaluated: only the few forms that
// NumPy writes are known.
class Literal {
 public:
  Literal(std::string_view text, uint64_t offset) : text_(text), offset_(offset) {}

  template <typename... Parts>
  void require(bool condition, const Parts&... parts) const {
    check(condition, "npy header at byte ", offset_ + at_, ": ", parts...);
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool accept(std::string_view token) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) { require(accept(token), "expected ", quoted_name(token)); }

  std::string_view string() {
    skip_spaces();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    require(quote == '\'' || quote == '"', "expected a string");
    const size_t end = text_.find(quote, at_ + 1);
    require(end != std::string_view::npos, "a string without end");
    const std::string_view content = text_.substr(at_ + 1, end - at_ - 1);
    require(content.find('\\') == std::string_view::npos, "a backslash in a string");
    at_ = end + 1;
    return content;
  }
  bool boolean() {
    if (accept("True")) return true;
    require(accept("False"), "expected True or False");
    return false;
  }
  int64_t extent() {
    skip_spaces();
    int64_t value = 0;
    const char* first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    require(error == std::errc(), "expected an integer of 64 bits");
    require(value >= 0, "a negative extent, ", value);
    at_ += static_cast<size_t>(end - first);
    accept("L");  // a long of Python 2
    return value;
  }
  Shape shape() {
    expect("(");
    Shape shape;
    bool comma = true;
    while (!accept(")")) {
      require(comma, "expected ',' or ')'");
      require(shape.rank() < kRankLimit, "rank exceeds the limit of ", kRankLimit);
      shape.append(extent());
      comma = accept(",");
    }
    require(shape.rank() != 1 || comma, "expected ',': a number in parentheses is no tuple");
    return shape;
  }
  void expect_end() {
    skip_spaces();
    require(at_ == text_.size(), "bytes behind the dictionary");
  }

 private:
  std::string_view text_;
  uint64_t offset_;
  size_t at_ = 0;
};

void read_descr(Literal& literal, NpyHeader& header) {
  literal.require(!literal.accept("["), "structured elements are not supported");
  const std::string_view descr = literal.string();
  literal.require(descr.size() >= 2, "unknown element type ", quoted_name(descr));
  literal.require(descr[1] != 'O', "pickled Python objects are refused");
  literal.require(descr[1] != 'U' && descr[1] != 'S', "text elements, ", quoted_name(descr),
                  ", are not supported");
  for (const auto& [text, type] : kDescrs) {
    if (descr.substr(1) != text) continue;
    const bool single_byte = element_size(type) == 1;
    literal.require(descr[0] == '<' || descr[0] == '>' || (descr[0] == '|' && single_byte),
                    "unknown byte order of the element type ", quoted_name(descr));
    header.type = type;
    header.big_endian = descr[0] == '>';
    return;
  }
  literal.require(false, "element type ", quoted_name(descr), " is not supported");
}

void read_dictionary(std::string_view text, uint64_t offset, NpyHeader& header) {
  Literal literal(text, offset);
  bool descr = false;
  bool order = false;
  bool shape = false;
  const auto first_time = [&literal](bool& seen, std::string_view key) {
    literal.require(!seen, "duplicate key ", quoted_name(key));
    seen = true;
  };
  literal.expect("{");
  bool comma = true;
  while (!literal.accept("}")) {
    literal.require(comma, "expected ',' or '}'");
    const std::string_view key = literal.string();
    literal.expect(":");
    if (key == "descr") {
      first_time(descr, key);
      read_descr(literal, header);
    } else if (key == "fortran_order") {
      first_time(order, key);
      header.fortran_order = literal.boolean();
    } else if (key == "shape") {
      first_time(shape, key);
      header.shape = literal.shape();
    } else {
      literal.require(false, "unknown key ", quoted_name(key));
    }
    comma = literal.accept(",");
  }
  literal.expect_end();
  literal.require(descr && order && shape, "expected the keys descr, fortran_order and shape");
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// The dictionary's text, checked to be there as a whole, and where it starts.
std::string_view dictionary_text(std::string_view file, uint64_t file_size, uint64_t& offset) {
  check(file.starts_with("\x93NUMPY"), "not an npy file: no magic at byte 0");
  check(file.size() >= 10, "npy file of ", file_size, " bytes ends in its header");
  const auto byte = [file](size_t i) {
    return static_cast<uint64_t>(static_cast<uint8_t>(file[i]));
  };
  check(byte(6) >= 1 && byte(6) <= 3 && byte(7) == 0, "npy version ", byte(6), ".", byte(7),
        " at byte 6, expected 1.0, 2.0 or 3.0");
  offset = byte(6) == 1 ? 10 : 12;
  check(file.size() >= offset, "npy file of ", file_size, " bytes ends in its header");
  uint64_t length = byte(8) | byte(9) << 8;
  if (offset == 12) length |= byte(10) << 16 | byte(11) << 24;
  check(length <= kNpyHeaderLimit - 12, "npy header of ", length, " bytes, at most ",
        kNpyHeaderLimit - 12, " are read");
  check(length > 0 && length <= file_size - offset, "npy header of ", length,
        " bytes in a file of ", file_size);
  const std::string_view text = file.substr(offset, length);
  check(text.back() == '\n', "npy header does not end with a newline at byte ",
        offset + length - 1);
  check(is_ascii(text), "npy header holds other than ASCII characters");
  return text.substr(0, length - 1);
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> start, uint64_t file_size) {
  const std::string_view file(reinterpret_cast<const char*>(start.data()), start.size());
  check(file_size > 0, "empty, expected an npy file");
  NpyHeader header;
  uint64_t offset = 0;
  const std::string_view text = dictionary_text(file, file_size, offset);
  read_dictionary(text, offset, header);
  header.data_offset = offset + text.size() + 1;
  const auto expected = stored_size(header.type, header.shape.element_count());
  check(expected.has_value(), "npy shape ", header.shape, " has too many elements");
  check(*expected == file_size - header.data_offset, "npy data of ", file_size - header.data_offset,
        " bytes, ", data_type_name(header.type), header.shape, " takes ", *expected);
  return header;
}

}  // namespace twingrad
