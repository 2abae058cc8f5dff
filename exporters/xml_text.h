#pragma once

#include <string>
#include <string_view>

namespace twingrad {

// Text for XML and HTML, in elements and in attributes: markup escaped; control characters, which
// XML 1.0 forbids, and bytes that are no UTF-8 as question marks.
std::string xml_text(std::string_view text);

}  // namespace twingrad
