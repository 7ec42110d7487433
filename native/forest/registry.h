#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "forest/forest.h"

namespace thicket {

using ForestHandle = std::uint64_t;
// One Node environment (the main thread, or a worker thread) of this process.
using EnvironmentId = std::uint64_t;

// The forests of the process, by handle, for all threads.
//
// A forest lives while its uses are above zero. A use is in one of two places:
//
//   held(environment)  gives its use back by Release, or by Leave when its thread ends
//   on the way         taken by Retain for a receiver, not yet claimed
//
//   Add: -> held(builder)          Retain: -> on the way
//   Get by an environment that holds none of this forest: on the way -> held(that environment)
//   Release: held(caller) -> gone; without one, on the way -> gone; without one, any other -> gone
//   Leave: all held(environment) -> gone
//
// So the first use of a handle in a receiving thread claims the use that the sender took for it,
// and a thread that ends, however it ends, gives back what it holds and nothing that it has handed
// on. A use taken for a thread that ends before its first call stays on the way: the sender, who
// learns of the end, releases it.
class Registry {
 public:
  // The one of this process. It is never destroyed: threads may outlive static destructors.
  static Registry& OfProcess();

  EnvironmentId Enter();
  void Leave(EnvironmentId environment);

  ForestHandle Add(std::unique_ptr<const Forest> forest, EnvironmentId environment);
  void Retain(ForestHandle handle, EnvironmentId environment);
  void Release(ForestHandle handle, EnvironmentId environment);

  // The forest, kept alive for as long as the caller keeps the pointer.
  std::shared_ptr<const Forest> Get(ForestHandle handle, EnvironmentId environment);

  // Forests whose memory is not freed yet: in use, or released while a call still runs.
  [[nodiscard]] std::size_t live() const noexcept;

 private:
  struct Entry {
    std::shared_ptr<const Forest> forest;
    std::size_t on_the_way = 0;
    std::map<EnvironmentId, std::size_t> held;

    [[nodiscard]] bool is_unused() const noexcept { return on_the_way == 0 && held.empty(); }
  };

  Entry& Find(ForestHandle handle, EnvironmentId environment);

  std::mutex mutex_;
  std::map<ForestHandle, Entry> entries_;
  ForestHandle next_handle_ = 1;
  EnvironmentId next_environment_ = 1;
};

}  // namespace thicket
