#pragma once

#include <string>

namespace thicket::door {

// Lets a loaded library call `replacement` wherever it calls `symbol` of another library: the entry
// of its table of imports is exchanged. False where the library is not loaded or calls no such
// symbol.
[[nodiscard]] bool ReplaceImport(const std::string& file, const char* symbol, void* replacement);

}  // namespace thicket::door
