#include "binding/door_methods.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <napi.h>
#include <sys/resource.h>

#include "door/door.h"
#include "door/message.h"

namespace thicket::binding {
namespace {

// One byte each; a process that may open more leaves the rest unwatched for requests sent at once.
constexpr std::size_t kDescriptorsMax = std::size_t{1} << 20U;

std::size_t DescriptorsOfProcess() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kDescriptorsMax;
  return std::min<std::size_t>(limit.rlim_max, kDescriptorsMax);
}

// The callbacks run below frames of the server library, through which no exception may pass.
template <typename... Arguments>
std::string Call(const Napi::FunctionReference& callback, Arguments... arguments) noexcept {
  try {
    const Napi::Env env = callback.Env();
    const Napi::HandleScope scope(env);
    const Napi::Value result =
        callback.Call({Napi::Number::New(env, static_cast<double>(arguments))...});
    return result.IsString() ? result.As<Napi::String>().Utf8Value() : std::string();
  } catch (...) {
    return {};
  }
}

std::shared_ptr<Napi::FunctionReference> Kept(const Napi::Value& value) {
  return std::make_shared<Napi::FunctionReference>(Napi::Persistent(value.As<Napi::Function>()));
}

}  // namespace

Napi::Value OpenDoorMethod(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto callbacks = info[1].As<Napi::Object>();
  const auto refusal = Kept(callbacks.Get("refusal"));
  const auto pause = Kept(callbacks.Get("pause"));
  if (!door::Install(info[0].As<Napi::String>().Utf8Value())) return env.Null();

  auto current = Napi::Int32Array::New(env, 1);
  auto busy = Napi::Uint8Array::New(env, DescriptorsOfProcess());
  // The memory stays where it is for as long as JavaScript or the door holds the arrays.
  const auto held = std::make_shared<Napi::ObjectReference>();
  Napi::Object memory = Napi::Object::New(env);
  memory["current"] = current;
  memory["busy"] = busy;
  *held = Napi::Persistent(memory);

  door::Keeper keeper;
  keeper.refusal = [refusal, held](door::Fault fault, std::uint16_t port) {
    return Call(*refusal, static_cast<int>(fault), port);
  };
  keeper.pause = [pause](int descriptor) { static_cast<void>(Call(*pause, descriptor)); };
  door::Open(std::move(keeper), {current.Data(), {busy.Data(), busy.ElementLength()}});
  return memory;
}

}  // namespace thicket::binding
