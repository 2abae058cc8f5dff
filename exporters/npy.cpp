#include "exporters/npy.h"

#include <bit>
#include <string_view>

#include "exporters/atomic_file.h"
#include "ir/error.h"

namespace twingrad {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are written as '<'");

std::string_view descr_of(DataType type) {
  switch (type) {
    case DataType::kFloat16:
      return "<f2";
    case DataType::kFloat:
      return "<f4";
    case DataType::kDouble:
      return "<f8";
    case DataType::kInt8:
      return "|i1";
    case DataType::kInt16:
      return "<i2";
    case DataType::kInt32:
      return "<i4";
    case DataType::kInt64:
      return "<i8";
    case DataType::kUint8:
      return "|u1";
    case DataType::kUint16:
      return "<u2";
    case DataType::kUint32:
      return "<u4";
    case DataType::kUint64:
      return "<u8";
    case DataType::kBool:
      return "|b1";
    case DataType::kComplex64:
      return "<c8";
    case DataType::kComplex128:
      return "<c16";
    default:
      fail_unsupported("NumPy files cannot hold ", data_type_name(type));
  }
}

std::string python_tuple(const Shape& shape) {
  std::string text = "(";
  for (const int64_t extent : shape) {
    text += text.size() > 1 ? ", " : "";
    text += std::to_string(extent);
  }
  return text + (shape.rank() == 1 ? ",)" : ")");
}

}  // namespace

std::string npy_header(const Tensor& tensor) {
  constexpr size_t kAlignment = 64;  // of the first element, for those who map the file
  std::string dictionary =
      join_text("{'descr': '", descr_of(tensor.type()),
                "', 'fortran_order': False, 'shape': ", python_tuple(tensor.shape()), ", }");
  const std::string magic("\x93NUMPY\x01\x00", 8);
  const size_t unpadded = magic.size() + 2 + dictionary.size() + 1;
  dictionary.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  dictionary += '\n';
  check(dictionary.size() <= UINT16_MAX, "rank ", tensor.rank(), " is too high for a NumPy file");
  const std::string length = {static_cast<char>(dictionary.size() & 0xff),
                              static_cast<char>(dictionary.size() >> 8)};
  return magic + length + dictionary;
}

void write_npy(const std::string& path, const Tensor& tensor) {
  std::string header;
  try {
    header = npy_header(tensor);
  } catch (const Error& error) {
    throw error.at(path);
  }
  AtomicFile file(path);
  file.write(header);
  file.write(tensor.bytes());
  file.commit();
}

}  // namespace twingrad
