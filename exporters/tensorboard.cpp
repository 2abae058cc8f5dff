#include "exporters/tensorboard.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "ir/error.h"

namespace twingrad {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::StringOutputStream;

// Castagnoli's polynomial, reflected (RFC 3720, appendix B.4).
uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0);
  }
  return ~crc;
}

// TFRecord's mask keeps the checksum of data that hold checksums from being special.
uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xa282ead8U;
}

template <typename Write>
std::string message(const Write& write) {
  std::string bytes;
  {
    StringOutputStream stream(&bytes);
    CodedOutputStream out(&stream);
    write(out);
  }
  return bytes;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Event: wall_time = 1, step = 2, file_version = 3, summary = 5. Summary: value = 1. Its Value:
// tag = 1, simple_value = 2.
std::string version_event() {
  return message([](CodedOutputStream& out) {
    WireFormatLite::WriteDouble(1, seconds_now(), &out);
    WireFormatLite::WriteString(3, "brain.Event:2", &out);
  });
}

std::string scalars_event(int64_t step, const std::map<std::string, double>& values) {
  const std::string summary = message([&](CodedOutputStream& out) {
    for (const auto& entry : values) {
      const std::string value = message([&entry](CodedOutputStream& item) {
        WireFormatLite::WriteString(1, entry.first, &item);
        WireFormatLite::WriteFloat(2, static_cast<float>(entry.second), &item);
      });
      WireFormatLite::WriteBytes(1, value, &out);
    }
  });
  return message([&](CodedOutputStream& out) {
    WireFormatLite::WriteDouble(1, seconds_now(), &out);
    WireFormatLite::WriteInt64(2, step, &out);
    WireFormatLite::WriteBytes(5, summary, &out);
  });
}

}  // namespace

EventFile::EventFile(const std::string& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  check(!failure, quoted_name(folder), ": cannot be made a folder: ", failure.message());
  const auto second = static_cast<int64_t>(seconds_now());
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    path_ = folder + "/events.out.tfevents." + std::to_string(second) + ".twingrad." +
            std::to_string(getpid()) + "." + std::to_string(attempt);
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    check(descriptor_ >= 0 || errno == EEXIST, quoted_name(path_),
          ": cannot be made: ", std::strerror(errno));
  }
  record(version_event());
}

EventFile::~EventFile() {
  close(descriptor_);
}

void EventFile::scalars(int64_t step, const std::map<std::string, double>& values) {
  record(scalars_event(step, values));
}

void EventFile::record(const std::string& event) {
  const std::string bytes = message([&](CodedOutputStream& out) {
    const std::string length =
        message([&](CodedOutputStream& head) { head.WriteLittleEndian64(event.size()); });
    out.WriteString(length);
    out.WriteLittleEndian32(masked_crc(length));
    out.WriteString(event);
    out.WriteLittleEndian32(masked_crc(event));
  });
  const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
  check(written == static_cast<ssize_t>(bytes.size()), quoted_name(path_),
        ": cannot be written: ", written < 0 ? std::strerror(errno) : "the disk is full");
}

}  // namespace twingrad
