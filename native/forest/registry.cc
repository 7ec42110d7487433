#include "forest/registry.h"

#include <atomic>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "forest/forest.h"
#include "forest/view/fault.h"

namespace thicket {
namespace {

std::atomic<std::size_t> live_forests{0};

std::shared_ptr<const Forest> Counted(std::unique_ptr<const Forest> forest) {
  std::shared_ptr<const Forest> counted(forest.release(), [](const Forest* gone) {
    delete gone;
    live_forests.fetch_sub(1, std::memory_order_relaxed);
  });
  live_forests.fetch_add(1, std::memory_order_relaxed);
  return counted;
}

}  // namespace

Registry& Registry::OfProcess() {
  static Registry& registry = *new Registry;
  return registry;
}

EnvironmentId Registry::Enter() {
  const std::scoped_lock lock(mutex_);
  return next_environment_++;
}

void Registry::Leave(EnvironmentId environment) {
  std::map<ForestHandle, Entry> gone;  // Freed after the lock.
  const std::scoped_lock lock(mutex_);
  for (auto at = entries_.begin(); at != entries_.end();) {
    const auto next = std::next(at);
    if (at->second.builder == environment) at->second.builder = kNobody;
    if (at->second.IsUnused()) gone.insert(entries_.extract(at));
    at = next;
  }
}

ForestHandle Registry::Add(std::unique_ptr<const Forest> forest, EnvironmentId environment) {
  Entry entry{.forest = Counted(std::move(forest)), .builder = environment};
  const std::scoped_lock lock(mutex_);
  entries_.emplace(next_handle_, std::move(entry));
  return next_handle_++;
}

// Callers hold the lock.
Registry::Entry& Registry::Find(ForestHandle handle) {
  const auto found = entries_.find(handle);
  if (found == entries_.end()) {
    throw ForestError(Fault::kHandle, "forest " + std::to_string(handle) +
                                          " does not exist, or was released by its last user");
  }
  return found->second;
}

void Registry::Retain(ForestHandle handle) {
  const std::scoped_lock lock(mutex_);
  ++Find(handle).taken;
}

void Registry::Release(ForestHandle handle, EnvironmentId environment) {
  std::shared_ptr<const Forest> gone;  // Freed after the lock.
  const std::scoped_lock lock(mutex_);
  Entry& entry = Find(handle);
  if (entry.builder == environment || entry.taken == 0) {
    entry.builder = kNobody;
  } else {
    --entry.taken;
  }
  if (entry.IsUnused()) {
    gone = std::move(entry.forest);
    entries_.erase(handle);
  }
}

std::shared_ptr<const Forest> Registry::Get(ForestHandle handle) {
  const std::scoped_lock lock(mutex_);
  return Find(handle).forest;
}

std::size_t Registry::Live() const noexcept {
  return live_forests.load(std::memory_order_relaxed);
}

}  // namespace thicket
