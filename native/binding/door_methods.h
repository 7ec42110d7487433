#pragma once

#include <napi.h>

namespace thicket::binding {

// (library, {refusal(fault, port), pause(descriptor)}) -> {current, busy}, or null where the
// library has no place for a door.
[[nodiscard]] Napi::Value OpenDoorMethod(const Napi::CallbackInfo& info);

}  // namespace thicket::binding
