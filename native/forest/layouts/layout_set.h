#pragma once

namespace thicket {

// Which layouts of its trees a forest has beside its nodes. Each costs time and memory, and not
// every machine has a kernel that reads it.
struct Layouts {
  bool tiles = true;
  bool leaf_masks = true;
  bool predicates = true;
};

}  // namespace thicket
