#include "importers/npy.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "importers/input_file.h"
#include "importers/stored_tensor.h"
#include "ir/error.h"

namespace twingrad {
namespace {

void swap_bytes(Tensor& tensor) {
  // A complex element is two numbers.
  const size_t size = element_size(tensor.type()) / (is_complex(tensor.type()) ? 2 : 1);
  auto* bytes = static_cast<std::byte*>(tensor.raw());
  for (size_t at = 0; at < tensor.byte_size(); at += size) {
    std::reverse(bytes + at, bytes + at + size);
  }
}

Tensor row_major(const Tensor& column_major) {
  const Shape& shape = column_major.shape();
  Tensor result(column_major.type(), shape);
  const size_t size = element_size(column_major.type());
  const auto* from = static_cast<const std::byte*>(column_major.raw());
  auto* to = static_cast<std::byte*>(result.raw());
  const std::vector<int64_t> strides = shape.strides();
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()), 0);
  int64_t position = 0;  // of the element at `index` in the result
  for (int64_t i = 0; i < column_major.element_count(); ++i) {
    std::memcpy(to + static_cast<size_t>(position) * size, from + static_cast<size_t>(i) * size,
                size);
    for (size_t axis = 0; axis < index.size(); ++axis) {  // the first axis runs fastest
      position += strides[axis];
      if (++index[axis] < shape[static_cast<int64_t>(axis)]) break;
      position -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

Tensor npy_elements(const NpyHeader& header, Tensor raw) {
  check_bool_bytes(raw);
  if (header.big_endian) swap_bytes(raw);
  return header.fortran_order && raw.rank() > 1 ? row_major(raw) : raw;
}

Tensor read_npy(const ByteSource& source) {
  const auto start = source.read(0, std::min(source.size(), kNpyHeaderLimit));
  const NpyHeader header = parse_npy_header(start, source.size());
  return npy_elements(header,
                      tensor_from_stored(header.type, header.shape, source, header.data_offset,
                                         source.size() - header.data_offset));
}

Tensor read_npy_file(const std::string& path) {
  try {
    return read_npy(open_file(path));
  } catch (const Error& error) {
    throw error.at(path);
  }
}

}  // namespace twingrad
