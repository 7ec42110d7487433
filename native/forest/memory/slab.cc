#include "forest/memory/slab.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "forest/memory/pages.h"

namespace thicket {
namespace {

constexpr std::size_t kCacheLineBytes = 64;

std::size_t RoundUp(std::size_t bytes, std::size_t unit) noexcept {
  return (bytes + unit - 1) / unit * unit;
}

void* AllocateLines(std::size_t bytes) {
  void* const lines = std::aligned_alloc(kCacheLineBytes, bytes);
  if (lines == nullptr) throw std::bad_alloc();
  return std::memset(lines, 0, bytes);
}

}  // namespace

Slab::Slab(std::size_t bytes) {
  const bool is_paged = bytes >= kHugePageBytes;
  bytes_ = RoundUp(bytes, is_paged ? kHugePageBytes : kCacheLineBytes);
  if (bytes_ > 0) data_ = is_paged ? TakePages(bytes_) : AllocateLines(bytes_);
}

Slab::~Slab() {
  if (IsPaged()) {
    GivePages(data_, bytes_);
  } else {
    std::free(data_);
  }
}

Slab::Slab(Slab&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Slab& Slab::operator=(Slab&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

void Slab::Shrink(std::size_t bytes) noexcept {
  // One page stays, which distinguishes it from a small slab.
  const std::size_t kept = RoundUp(std::max(bytes, kHugePageBytes), kHugePageBytes);
  if (!IsPaged() || kept >= bytes_) return;
  GivePages(static_cast<std::byte*>(data_) + kept, bytes_ - kept);
  bytes_ = kept;
}

bool Slab::IsPaged() const noexcept {
  return bytes_ >= kHugePageBytes;
}

}  // namespace thicket
