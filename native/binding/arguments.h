#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <napi.h>

#include "forest/registry.h"
#include "forest/view/view.h"

// Step one of every method: values from JavaScript become views, or a ForestError says what is
// wrong.
namespace thicket::binding {

// Reads the whole spec before it looks at any memory: reading a property may run JavaScript
// (getters, proxies), which could detach a buffer that was looked at earlier.
[[nodiscard]] ForestView RequireForest(const Napi::Value& value);

[[nodiscard]] ForestHandle RequireHandle(const Napi::Value& value);
[[nodiscard]] std::size_t RequireCount(const Napi::Value& value, const char* name, std::size_t max);
[[nodiscard]] RowsView RequireRows(const Napi::CallbackInfo& info, std::size_t first);
[[nodiscard]] std::span<double> RequireRaw(const Napi::Value& value);

// The memory of typed arrays, each of which is the only one on its own.
[[nodiscard]] std::vector<napi_value> RequireWholeBuffers(const Napi::Value& value);

}  // namespace thicket::binding
