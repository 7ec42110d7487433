#include "forest/slab.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include <sys/mman.h>

namespace thicket {
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20U;
constexpr std::size_t kCacheLineBytes = 64;

std::size_t RoundUp(std::size_t bytes, std::size_t unit) noexcept {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

Slab::Slab(std::size_t bytes) {
  const std::size_t unit = bytes >= kHugePageBytes ? kHugePageBytes : kCacheLineBytes;
  bytes_ = RoundUp(bytes, unit);
  if (bytes_ == 0) return;
  data_ = std::aligned_alloc(unit, bytes_);
  if (data_ == nullptr) throw std::bad_alloc();
  // Advice only: without huge pages the memory is as good, only slower.
  if (unit == kHugePageBytes) ::madvise(data_, bytes_, MADV_HUGEPAGE);
  std::memset(data_, 0, bytes_);
}

Slab::~Slab() {
  std::free(data_);
}

Slab::Slab(Slab&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Slab& Slab::operator=(Slab&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace thicket
