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
// A forest lives while a use of it exists. There are two kinds:
//
//   the builder's   one, from Add; given back by Release in the builder's thread, or by Leave when
//                   that thread ends, however it ends
//   taken           any number, from Retain; each given back by a Release, in any thread
//
// A taken use belongs to no thread: the code that takes one, for a receiver or for the time of a
// call, must release it, so the end of a thread never takes away a use that it has handed on.
// A thread's Release gives back its builder's use first, then a taken one, then, as the last
// resort, the use of a builder in another thread: handing the only use on to another thread is
// allowed.
class Registry {
 public:
  // The one of this process. It is never destroyed: threads may outlive static destructors.
  static Registry& OfProcess();

  EnvironmentId Enter();
  void Leave(EnvironmentId environment);

  ForestHandle Add(std::unique_ptr<const Forest> forest, EnvironmentId environment);
  void Retain(ForestHandle handle);
  void Release(ForestHandle handle, EnvironmentId environment);

  // The forest, kept alive for as long as the caller keeps the pointer.
  std::shared_ptr<const Forest> Get(ForestHandle handle);

  // Forests whose memory is not freed yet: in use, or released while a call still runs.
  [[nodiscard]] std::size_t Live() const noexcept;

 private:
  struct Entry {
    std::shared_ptr<const Forest> forest;
    EnvironmentId builder = kNobody;  // Until the builder's use is given back.
    std::size_t taken = 0;

    [[nodiscard]] bool IsUnused() const noexcept { return builder == kNobody && taken == 0; }
  };
  static constexpr EnvironmentId kNobody = 0;

  Entry& Find(ForestHandle handle);

  std::mutex mutex_;
  std::map<ForestHandle, Entry> entries_;
  ForestHandle next_handle_ = 1;
  EnvironmentId next_environment_ = 1;
};

}  // namespace thicket
