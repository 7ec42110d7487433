#include "bench/steps.h"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <unordered_map>

#include <link.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thicket::bench {
namespace {

// NOLINTBEGIN(misc-include-cleaner): the system's own headers for these are not to be named.
constexpr int kWorkEdge = SIGUSR1;
constexpr int kStepDone = SIGTRAP;
bool IsStopped(int status) {
  return WIFSTOPPED(status);
}
int StoppedBy(int status) {
  return WSTOPSIG(status);
}
// NOLINTEND(misc-include-cleaner)

// Where this program lies in memory, and so in its child's.
struct Program {
  std::uintptr_t start = 0;
  std::uintptr_t end = 0;
};

Program FindProgram() {
  Program program;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t /*size*/, void* into) {
        auto& found = *static_cast<Program*>(into);
        found.start = info->dlpi_addr;
        for (std::size_t at = 0; at < info->dlpi_phnum; ++at) {
          const auto& part = info->dlpi_phdr[at];
          found.end = std::max(found.end, info->dlpi_addr + part.p_vaddr + part.p_memsz);
        }
        return 1;  // The first one is the program.
      },
      &program);
  return program;
}

// The child stops before and after the work, by a signal that nothing else sends.
[[noreturn]] void WorkAsChild(const std::function<void()>& work) {
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  std::raise(kWorkEdge);
  work();
  std::raise(kWorkEdge);
  ::_exit(EXIT_SUCCESS);
}

// Which signal stopped the child.
int WaitForStop(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !IsStopped(status)) {
    throw std::runtime_error("the child that is counted ended too early");
  }
  return StoppedBy(status);
}

}  // namespace

void PrintSteps(const std::function<void()>& work) {
  const Program program = FindProgram();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process to count in");
  if (child == 0) WorkAsChild(work);
  std::unordered_map<std::uintptr_t, std::size_t> times;
  std::size_t elsewhere = 0;
  WaitForStop(child);
  do {
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, child, nullptr, &registers) != 0) {
      throw std::runtime_error("this system lets no process look at its child's registers");
    }
    const std::uintptr_t at = registers.rip;
    if (at >= program.start && at < program.end) {
      ++times[at - program.start];
    } else {
      ++elsewhere;
    }
    ::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr);
  } while (WaitForStop(child) == kStepDone);
  ::ptrace(PTRACE_KILL, child, nullptr, nullptr);
  ::waitpid(child, nullptr, 0);
  for (const auto& [at, count] : times) std::printf("%zx %zu\n", at, count);
  std::printf("- %zu\n", elsewhere);
}

}  // namespace thicket::bench
