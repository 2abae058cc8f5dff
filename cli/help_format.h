#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}  // namespace CLI

namespace twingrad {

// How help is printed: in 80 columns. Left the flag and its value, or the words that it may be;
// right what it does, what it is otherwise, and what it cannot stand beside.
std::shared_ptr<CLI::FormatterBase> help_format();

}  // namespace twingrad
