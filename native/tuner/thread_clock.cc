#include "tuner/thread_clock.h"

#include <time.h>

namespace thicket {

double WorkedNanos() noexcept {
  timespec time{};
  // The constant stands in a header that is not to be named.
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);  // NOLINT(misc-include-cleaner)
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace thicket
