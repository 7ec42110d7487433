#pragma once

#include <cstddef>
#include <span>

namespace thicket {

// Zeroed memory straight from the system, on huge pages where it is large: a walk through tens of
// megabytes would otherwise miss the TLB at every step. Pages that are never written cost nothing,
// and freed memory goes back to the system at once.
class Slab {
 public:
  Slab() noexcept = default;
  explicit Slab(std::size_t bytes);
  ~Slab();
  Slab(Slab&& other) noexcept;
  Slab& operator=(Slab&& other) noexcept;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  [[nodiscard]] void* Data() const noexcept { return data_; }
  [[nodiscard]] std::size_t Bytes() const noexcept { return bytes_; }

  // Gives back the huge pages that lie beyond the first `bytes`.
  void Shrink(std::size_t bytes) noexcept;

 private:
  [[nodiscard]] bool IsPaged() const noexcept;

  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace thicket
