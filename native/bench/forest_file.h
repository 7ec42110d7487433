#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "forest/view/view.h"

namespace thicket::bench {

// A forest, rows, and the raw scores that the source library gives them, as bench/forest-file.mjs
// has written them: numbers of eight bytes, and arrays as the number of their bytes and those,
// filled up to eight. The order is that of forest_file.cc. What the forest's arrays hold is for
// CheckForest to judge.
class ForestFile {
 public:
  // Throws std::runtime_error where the file is not there or not as long as it says.
  explicit ForestFile(const std::string& path);

  [[nodiscard]] const ForestView& Forest() const noexcept { return forest_; }
  [[nodiscard]] std::size_t Rows() const noexcept { return rows_; }
  [[nodiscard]] RowsView Rows(std::size_t first, std::size_t count) const;
  [[nodiscard]] std::span<const double> Raw() const noexcept { return raw_; }

 private:
  std::vector<std::byte> bytes_;
  ForestView forest_;
  std::size_t rows_ = 0;
  std::span<const double> numbers_;
  std::span<const std::int32_t> codes_;
  std::span<const double> raw_;
};

}  // namespace thicket::bench
