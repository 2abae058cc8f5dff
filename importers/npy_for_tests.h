#pragma once

#include <string>
#include <string_view>

#include "importers/damage_for_tests.h"

namespace twingrad {

// A .npy file, version 1.0 as NumPy writes it, of any dictionary and data.
inline std::string npy_of_dictionary(const std::string& dictionary, std::string_view data) {
  std::string header = dictionary;
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + little_endian(header.size(), 2) + header +
         std::string(data);
}

inline std::string npy(const std::string& descr, const std::string& shape, std::string_view data,
                       const std::string& fortran_order = "False") {
  return npy_of_dictionary("{'descr': '" + descr + "', 'fortran_order': " + fortran_order +
                               ", 'shape': " + shape + ", }",
                           data);
}

}  // namespace twingrad
