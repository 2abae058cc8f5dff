#include "backends/images/decode.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "backends/reference/evaluate.h"
#include "ir/error.h"

namespace twingrad {
namespace {

constexpr int64_t kWidth = 7;
constexpr int64_t kHeight = 5;

std::string contents_of(const std::string& name) {
  std::ifstream file("testdata/images/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Tensor decode(std::string_view encoded, PixelFormat pixels = PixelFormat::kRgb) {
  return decode_image(std::as_bytes(std::span(encoded)), pixels);
}

std::string message_of(std::string_view encoded) {
  try {
    decode(encoded);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool is_supported(std::string_view encoded) {
  return message_of(encoded).find("this build is without") == std::string::npos;
}

struct Sample {
  std::string name;
  std::string extension;
  int tolerance = 0;  // of lossy formats: versions of a library round differently
};

class Pictures : public testing::TestWithParam<Sample> {
 protected:
  void SetUp() override {
    encoded = contents_of(GetParam().name + "." + GetParam().extension);
    ASSERT_FALSE(encoded.empty());
    if (!is_supported(encoded)) GTEST_SKIP() << message_of(encoded);
  }
  std::string encoded;
};

TEST_P(Pictures, AreWhatPillowDecodes) {
  const Tensor picture = decode(encoded);
  ASSERT_EQ(picture.shape(), Shape({kHeight, kWidth, 3}));
  const std::string expected = contents_of(GetParam().name + ".rgb");
  ASSERT_EQ(expected.size(), picture.byte_size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const int difference = picture.data<uint8_t>()[i] - static_cast<uint8_t>(expected[i]);
    EXPECT_LE(std::abs(difference), GetParam().tolerance) << "byte " << i;
  }
}

TEST_P(Pictures, HaveColorsBackwardsAndAsLuma) {
  const Tensor rgb = decode(encoded);
  const Tensor bgr = decode(encoded, PixelFormat::kBgr);
  const Tensor gray = decode(encoded, PixelFormat::kGrayscale);
  ASSERT_EQ(bgr.shape(), Shape({kHeight, kWidth, 3}));
  ASSERT_EQ(gray.shape(), Shape({kHeight, kWidth, 1}));
  for (int64_t i = 0; i < kWidth * kHeight; ++i) {
    const uint8_t* color = rgb.data<uint8_t>() + 3 * i;
    for (int64_t k = 0; k < 3; ++k) EXPECT_EQ(bgr.data<uint8_t>()[3 * i + k], color[2 - k]);
    const double luma = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2];
    EXPECT_NEAR(gray.data<uint8_t>()[i], luma, 0.51);
  }
}

TEST_P(Pictures, CutAnywhereAreErrors) {
  for (size_t size = 0; size < encoded.size(); ++size) {
    // A copy of its own, so that a sanitizer sees reads beyond the end.
    const std::vector<char> part(encoded.begin(), encoded.begin() + static_cast<int64_t>(size));
    const std::string message = message_of({part.data(), part.size()});
    EXPECT_NE(message, "") << size << " of " << encoded.size() << " bytes";
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

// What comes out does not matter, but something must, and without harm.
TEST_P(Pictures, WithAnyByteChangedDoNoHarm) {
  for (size_t i = 0; i < encoded.size(); ++i) {
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::vector<char> other(encoded.begin(), encoded.end());
      other[i] = static_cast<char>(other[i] ^ change);
      EXPECT_EQ(message_of({other.data(), other.size()}).find('\n'), std::string::npos);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, Pictures,
    testing::Values(Sample{"colors_bmp", "bmp"}, Sample{"palette_bmp", "bmp"},
                    Sample{"colors_jpeg", "jpg", 2}, Sample{"gray_jpeg", "jpg", 2},
                    Sample{"colors_jpeg2000", "jp2"}, Sample{"gray_codestream", "j2k"},
                    Sample{"colors_png", "png"}, Sample{"palette_png", "png"},
                    Sample{"alpha_png", "png"}, Sample{"colors_pnm", "ppm"},
                    Sample{"gray_pnm", "pgm"}, Sample{"bits_pnm", "pbm"},
                    Sample{"colors_tiff", "tif"}, Sample{"deflate_tiff", "tif"},
                    Sample{"lossless_webp", "webp"}, Sample{"colors_webp", "webp", 2}),
    [](const testing::TestParamInfo<Sample>& info) { return info.param.name; });

TEST(Pnm, ReadsText) {
  EXPECT_EQ(numbers(decode("P1 3 1\n010", PixelFormat::kGrayscale)),
            (std::vector<double>{255, 0, 255}));
  EXPECT_EQ(numbers(decode("P2\n# a comment\n2 1 10 0 5", PixelFormat::kGrayscale)),
            (std::vector<double>{0, 128}));
  EXPECT_EQ(numbers(decode("P3 1 1 255 1 2 3")), (std::vector<double>{1, 2, 3}));
}

TEST(Claims, BeyondTheBytesAreErrors) {
  EXPECT_EQ(message_of("P6 16384 16384 255 "),
            "PNM picture: 16384 x 16384 pixels of 3 channels are more than 268435456 samples");
  EXPECT_EQ(message_of("P5 16384 16384 255 "), "PNM picture: it ends early");
  EXPECT_EQ(message_of("P5 1 1 0 "), "PNM picture: its maximum is zero");
  EXPECT_EQ(message_of("P5 0 1 255 "), "PNM picture: its extents are 0 x 1 x 1");
  EXPECT_EQ(message_of("P5 1 1 65535 aa"), "PNM picture: samples of 16 bits");
  EXPECT_EQ(message_of("GIF89a"), "the 6 bytes are no picture of a known format");
}

TEST(ImageDecoder, TakesThePixelFormatFromItsAttribute) {
  const std::string encoded = contents_of("colors_bmp.bmp");
  const std::vector<uint8_t> bytes(encoded.begin(), encoded.end());
  const Tensor stream = Tensor::of<uint8_t>({static_cast<int64_t>(bytes.size())}, bytes);
  const Attributes attributes = {{"pixel_format", std::string("BGR")}};
  const Tensor picture = evaluate({"ImageDecoder", {stream}, attributes})[0];
  EXPECT_TRUE(identical(picture, decode(encoded, PixelFormat::kBgr)));
  const Attributes wrong = {{"pixel_format", std::string("RGBA")}};
  EXPECT_THROW(evaluate({"ImageDecoder", {stream}, wrong}), Error);
}

}  // namespace
}  // namespace twingrad
