#include "forest/registry.h"

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "forest/fault.h"
#include "forest/forest.h"

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

void Drop(std::map<EnvironmentId, std::size_t>& held,
          std::map<EnvironmentId, std::size_t>::iterator at) {
  if (--at->second == 0) held.erase(at);
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
    at->second.held.erase(environment);
    if (at->second.is_unused()) gone.insert(entries_.extract(at));
    at = next;
  }
}

ForestHandle Registry::Add(std::unique_ptr<const Forest> forest, EnvironmentId environment) {
  Entry entry{.forest = Counted(std::move(forest)), .on_the_way = 0, .held = {{environment, 1}}};
  const std::scoped_lock lock(mutex_);
  entries_.emplace(next_handle_, std::move(entry));
  return next_handle_++;
}

// Callers hold the lock.
Registry::Entry& Registry::Find(ForestHandle handle, EnvironmentId environment) {
  const auto found = entries_.find(handle);
  if (found == entries_.end()) {
    throw ForestError(Fault::kHandle, "forest " + std::to_string(handle) +
                                          " does not exist, or was released by its last user");
  }
  Entry& entry = found->second;
  if (entry.on_the_way > 0 && !entry.held.contains(environment)) {
    --entry.on_the_way;
    entry.held[environment] = 1;
  }
  return entry;
}

void Registry::Retain(ForestHandle handle, EnvironmentId environment) {
  const std::scoped_lock lock(mutex_);
  ++Find(handle, environment).on_the_way;
}

void Registry::Release(ForestHandle handle, EnvironmentId environment) {
  std::shared_ptr<const Forest> gone;  // Freed after the lock.
  const std::scoped_lock lock(mutex_);
  Entry& entry = Find(handle, environment);
  if (const auto own = entry.held.find(environment); own != entry.held.end()) {
    Drop(entry.held, own);
  } else {
    // Nothing on the way either, or Find would have claimed it: somebody else's use.
    Drop(entry.held, entry.held.begin());
  }
  if (entry.is_unused()) {
    gone = std::move(entry.forest);
    entries_.erase(handle);
  }
}

std::shared_ptr<const Forest> Registry::Get(ForestHandle handle, EnvironmentId environment) {
  const std::scoped_lock lock(mutex_);
  return Find(handle, environment).forest;
}

std::size_t Registry::live() const noexcept {
  return live_forests.load(std::memory_order_relaxed);
}

}  // namespace thicket
