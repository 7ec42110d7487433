#include "bench/forest_file.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <ios>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "forest/view/ensemble_arrays.h"
#include "forest/view/view.h"

namespace thicket::bench {
namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

std::vector<std::byte> ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error(path + " cannot be read");
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error(path + " was not read to its end");
  return bytes;
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : left_(bytes) {}

  std::size_t Number() {
    std::uint64_t number = 0;
    std::memcpy(&number, Next(kWordBytes).data(), kWordBytes);
    return number;
  }

  template <typename Value>
  std::span<const Value> Array() {
    const std::size_t bytes = Number();
    const std::span<const std::byte> content = Next(bytes);
    Next((kWordBytes - bytes % kWordBytes) % kWordBytes);
    // Aligned, because all that was before filled words.
    return {reinterpret_cast<const Value*>(content.data()), bytes / sizeof(Value)};
  }

 private:
  std::span<const std::byte> Next(std::size_t count) {
    if (count > left_.size()) throw std::runtime_error("the forest's file ends too early");
    const std::span<const std::byte> next = left_.first(count);
    left_ = left_.subspan(count);
    return next;
  }

  std::span<const std::byte> left_;
};

FeatureView ReadFeatures(Reader& reader) {
  FeatureView features;
  features.kind = reader.Array<std::uint8_t>();
  features.slot = reader.Array<std::uint32_t>();
  features.step_start = reader.Array<std::uint32_t>();
  features.step_op = reader.Array<std::uint8_t>();
  features.step_operand = reader.Array<double>();
  features.table_start = reader.Array<std::uint32_t>();
  features.table_values = reader.Array<double>();
  return features;
}

void ReadEnsemble(Reader& reader, EnsembleView& ensemble) {
  ForEachEnsembleArray([&]<typename Element>(const EnsembleArray<Element>& array) {
    ensemble.*array.of = reader.Array<Element>();
  });
}

}  // namespace

ForestFile::ForestFile(const std::string& path) : bytes_(ReadBytes(path)) {
  Reader reader(bytes_);
  forest_.number_slots = reader.Number();
  forest_.code_slots = reader.Number();
  forest_.ensemble.outputs = reader.Number();
  forest_.ensemble.comparison = static_cast<std::uint32_t>(reader.Number());
  forest_.ensemble.sums = static_cast<std::uint32_t>(reader.Number());
  forest_.features = ReadFeatures(reader);
  ReadEnsemble(reader, forest_.ensemble);
  rows_ = reader.Number();
  numbers_ = reader.Array<double>();
  codes_ = reader.Array<std::int32_t>();
  raw_ = reader.Array<double>();
  if (raw_.size() != rows_ * forest_.ensemble.outputs) {
    throw std::runtime_error("the forest's file has not one raw score for each row and output");
  }
}

RowsView ForestFile::Rows(std::size_t first, std::size_t count) const {
  return {.rows = count,
          .numbers = numbers_.subspan(first * forest_.number_slots, count * forest_.number_slots),
          .codes = codes_.subspan(first * forest_.code_slots, count * forest_.code_slots)};
}

}  // namespace thicket::bench
