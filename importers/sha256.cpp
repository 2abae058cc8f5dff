#include "importers/sha256.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace twingrad {

std::string sha256(const ByteSource& source) {
  constexpr uint64_t kChunk = uint64_t{1} << 18;  // stays in a core's cache
  sha256_ctx context;
  sha256_init(&context);
  std::vector<std::byte> chunk(std::min(kChunk, source.size()));
  for (uint64_t offset = 0; offset < source.size(); offset += kChunk) {
    const std::span part(chunk.data(), std::min(kChunk, source.size() - offset));
    source.read(offset, part);
    sha256_update(&context, part.size(), reinterpret_cast<const uint8_t*>(part.data()));
  }
  std::array<uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());

  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : digest) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace twingrad
