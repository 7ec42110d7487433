#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <vector>

// Large memory straight from the system, on huge pages where it has them. It goes back there at
// once: what the allocator is given back it may keep in the heap of the thread that asked for it,
// where not even malloc_trim finds it.
namespace thicket {

inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20U;

// Zeroed, aligned to a huge page; `bytes` are rounded up to whole ones. Pages that are never
// written cost nothing. Throws std::bad_alloc.
[[nodiscard]] void* TakePages(std::size_t bytes);
// Gives back pages of TakePages, or their end, from a huge page on.
void GivePages(void* pages, std::size_t bytes) noexcept;

// For lists that live while a forest is built, and are large where the forest is.
template <typename Element>
struct BuildAllocator {
  // Names that std::vector asks for. NOLINTBEGIN(readability-identifier-naming)
  using value_type = Element;

  BuildAllocator() noexcept = default;
  template <typename Other>
  explicit BuildAllocator(const BuildAllocator<Other>& /*other*/) noexcept {}

  [[nodiscard]] Element* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(Element)) throw std::bad_alloc();
    const std::size_t bytes = count * sizeof(Element);
    return static_cast<Element*>(bytes < kHugePageBytes ? ::operator new(bytes) : TakePages(bytes));
  }

  void deallocate(Element* elements, std::size_t count) noexcept {
    const std::size_t bytes = count * sizeof(Element);
    if (bytes < kHugePageBytes) {
      ::operator delete(elements);
    } else {
      GivePages(elements, bytes);
    }
  }
  // NOLINTEND(readability-identifier-naming)

  friend bool operator==(const BuildAllocator& /*a*/, const BuildAllocator& /*b*/) noexcept {
    return true;
  }
};

template <typename Element>
using BuildVector = std::vector<Element, BuildAllocator<Element>>;

}  // namespace thicket
