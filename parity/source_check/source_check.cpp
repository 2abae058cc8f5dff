#include "parity/source_check/source_check.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "ir/error.h"
#include "parity/source_check/verifier_text.h"

extern char** environ;

namespace twingrad {
namespace {

constexpr int kFrameworkIsMissing = 3;
constexpr int kNoSuchProgram = 127;

// A program that runs, with its output in a pipe; errors go where ours go.
class ChildProcess {
 public:
  explicit ChildProcess(const std::vector<std::string>& words) {
    std::array<int, 2> pipe_ends = {};
    check(pipe2(pipe_ends.data(), O_CLOEXEC) == 0, "no pipe can be made");
    output_ = pipe_ends[0];
    posix_spawn_file_actions_t actions = {};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int error =
        posix_spawnp(&child_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    if (error == 0) return;
    close(output_);
    fail(words[0], ": cannot be run: ", std::generic_category().message(error));
  }
  ~ChildProcess() {
    close(output_);
    if (child_ > 0) wait();
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  std::string read() const {
    std::string text;
    std::array<char, 4096> buffer = {};
    while (true) {
      const ssize_t count = ::read(output_, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return text;
      text.append(buffer.data(), static_cast<size_t>(count));
    }
  }

  // The exit code; that of a shell where a signal ended the program.
  int wait() {
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = 0;
  int output_ = -1;
};

}  // namespace

SourceCheck check_source(const std::string& framework, const std::string& code,
                         const std::string& bundle, const std::string& interpreter) {
  // -c keeps the folder of the code free of caches and needs no file for the script.
  ChildProcess program(
      {interpreter, "-B", "-c", std::string(kSourceVerifier), framework, code, bundle});
  SourceCheck result;
  result.report = program.read();
  const int exit_code = program.wait();
  check(exit_code != kNoSuchProgram, interpreter, ": cannot be run");
  if (exit_code == kFrameworkIsMissing) {
    std::string reason = result.report.substr(0, result.report.find('\n'));
    fail_unsupported("the code cannot be run with ", interpreter, ": ", reason);
  }
  if (exit_code == 0) result.result = SourceCheck::Result::kAgrees;
  if (exit_code == 1) result.result = SourceCheck::Result::kDiffers;
  return result;
}

}  // namespace twingrad
