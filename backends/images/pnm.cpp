#include "backends/images/picture.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// The portable anymap formats of netpbm: P1 to P3 are text, P4 to P6 bytes; bits, gray, colors.
class Reader {
 public:
  explicit Reader(Encoded encoded) : encoded_(encoded), place_(2) {}

  // The next number after white space and comments.
  int64_t number(std::string_view what) {
    skip_space();
    int64_t value = 0;
    const size_t start = place_;
    for (; place_ < encoded_.size() && is_digit(byte_at(encoded_, place_)); ++place_) {
      value = 10 * value + (byte_at(encoded_, place_) - '0');
      check(value <= 1 << 30, "its ", what, " is too large");
    }
    check(place_ > start, "its ", what, " is missing");
    return value;
  }
  // A bit of text needs no white space after it.
  bool bit() {
    skip_space();
    const uint8_t digit = byte_at(slice(encoded_, place_++, 1), 0);
    check(digit == '0' || digit == '1', "a bit is neither 0 nor 1");
    return digit == '1';
  }
  // One byte of white space ends the header, then come the rows.
  Encoded rows(uint64_t size) {
    check(is_space(byte_at(slice(encoded_, place_, 1), 0)), "its header does not end");
    return slice(encoded_, place_ + 1, size);
  }
  size_t left() const { return encoded_.size() - place_; }

 private:
  static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
  static bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  void skip_space() {
    for (bool comment = false; place_ < encoded_.size(); ++place_) {
      const uint8_t c = byte_at(encoded_, place_);
      comment = c == '#' || (comment && c != '\n');
      if (!comment && !is_space(c)) return;
    }
  }

  Encoded encoded_;
  size_t place_;
};

void read_bits(Reader& reader, bool text, Picture& picture) {
  const auto row_size = static_cast<uint64_t>((picture.width + 7) / 8);
  const Encoded rows =
      text ? Encoded() : reader.rows(row_size * static_cast<uint64_t>(picture.height));
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      const size_t place = static_cast<uint64_t>(y) * row_size + static_cast<uint64_t>(x / 8);
      const bool black = text ? reader.bit() : (byte_at(rows, place) >> (7 - x % 8) & 1) != 0;
      picture.row(y)[x] = black ? 0 : 255;
    }
  }
}

void read_samples(Reader& reader, bool text, int64_t largest, Picture& picture) {
  const Encoded rows = text ? Encoded() : reader.rows(picture.samples.size());
  for (size_t i = 0; i < picture.samples.size(); ++i) {
    const int64_t sample = text ? reader.number("sample") : byte_at(rows, i);
    check(sample <= largest, "sample ", sample, " is above the maximum ", largest);
    picture.samples[i] = static_cast<uint8_t>((sample * 255 * 2 + largest) / (2 * largest));
  }
}

}  // namespace

Picture decode_pnm(Encoded encoded) {
  const int kind = byte_at(slice(encoded, 1, 1), 0) - '0';
  const bool text = kind <= 3;
  const bool bits = kind % 3 == 1;
  Reader reader(encoded);
  const int64_t width = reader.number("width");
  const int64_t height = reader.number("height");
  const int64_t largest = bits ? 1 : reader.number("maximum");
  check(largest > 0, "its maximum is zero");
  if (largest > 255) fail_unsupported("samples of 16 bits");
  const int64_t channels = kind % 3 == 0 ? 3 : 1;
  check_extents(width, height, channels);
  const int64_t samples_a_byte = kind == 4 ? 8 : 1;
  check(width * height * channels <= static_cast<int64_t>(reader.left()) * samples_a_byte,
        "it ends early");
  Picture picture = blank_picture(width, height, channels);
  if (bits) {
    read_bits(reader, text, picture);
  } else {
    read_samples(reader, text, largest, picture);
  }
  return picture;
}

}  // namespace twingrad
