#pragma once

namespace thicket {

// Nanoseconds that this thread has worked: time that others took from it does not count.
[[nodiscard]] double WorkedNanos() noexcept;

}  // namespace thicket
