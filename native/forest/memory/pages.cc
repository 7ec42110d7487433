#include "forest/memory/pages.h"

#include <cstddef>
#include <cstdint>
#include <new>

#include <sys/mman.h>

namespace thicket {
namespace {

std::size_t WholePages(std::size_t bytes) noexcept {
  return (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
}

}  // namespace

// The system aligns to small pages only, so one huge page more is asked for, and what lies around
// the aligned ones is given back.
void* TakePages(std::size_t bytes) {
  const std::size_t needed = WholePages(bytes);
  const std::size_t asked = needed + kHugePageBytes;
  if (asked < bytes) throw std::bad_alloc();
  void* const mapped = ::mmap(nullptr, asked, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const start = static_cast<std::byte*>(mapped);
  const std::size_t used = reinterpret_cast<std::uintptr_t>(mapped) % kHugePageBytes;
  const std::size_t before = used == 0 ? 0 : kHugePageBytes - used;
  std::byte* const pages = start + before;
  if (before > 0) ::munmap(start, before);
  ::munmap(pages + needed, kHugePageBytes - before);
  // Advice only: without huge pages the memory is as good, only slower.
  ::madvise(pages, needed, MADV_HUGEPAGE);
  return pages;
}

void GivePages(void* pages, std::size_t bytes) noexcept {
  if (bytes > 0) ::munmap(pages, WholePages(bytes));
}

}  // namespace thicket
