#include "binding/arguments.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <napi.h>

#include "forest/registry.h"
#include "forest/view/ensemble_arrays.h"
#include "forest/view/fault.h"
#include "forest/view/limits.h"
#include "forest/view/view.h"

namespace thicket::binding {
namespace {

// Handles are counted up from 1; beyond this a double no longer counts.
constexpr double kHandleMax = 9007199254740991;

[[noreturn]] void Refuse(const std::string& name, const char* what) {
  throw ForestError(Fault::kArgument, name + " must be " + what);
}

template <typename Element>
struct ArrayKind;
template <>
struct ArrayKind<double> {
  static constexpr napi_typedarray_type kType = napi_float64_array;
  static constexpr const char* kName = "a Float64Array";
};
template <>
struct ArrayKind<std::int32_t> {
  static constexpr napi_typedarray_type kType = napi_int32_array;
  static constexpr const char* kName = "an Int32Array";
};
template <>
struct ArrayKind<std::uint32_t> {
  static constexpr napi_typedarray_type kType = napi_uint32_array;
  static constexpr const char* kName = "a Uint32Array";
};
template <>
struct ArrayKind<std::uint8_t> {
  static constexpr napi_typedarray_type kType = napi_uint8_array;
  static constexpr const char* kName = "a Uint8Array";
};

// The array's memory. Runs no JavaScript. Shared memory is refused: another thread could change a
// number after it was checked.
template <typename Element>
std::span<Element> RequireArray(const Napi::Value& value, const char* name) {
  const napi_env env = value.Env();
  napi_typedarray_type type{};
  std::size_t length = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  const napi_status status =
      napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, nullptr);
  if (status != napi_ok || type != ArrayKind<Element>::kType) {
    Refuse(name, ArrayKind<Element>::kName);
  }
  bool is_unshared = false;
  napi_is_arraybuffer(env, buffer, &is_unshared);
  if (!is_unshared) Refuse(name, "on memory of its own, not on a SharedArrayBuffer");
  // A buffer that was moved away has length 0.
  return {static_cast<Element*>(data), length};
}

Napi::Object RequireObject(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) Refuse(name, "an object");
  return value.As<Napi::Object>();
}

std::uint32_t RequireNumber(const Napi::Value& value, const char* name, double max) {
  if (!value.IsNumber()) Refuse(name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number <= max) || number != std::floor(number)) {
    Refuse(name,
           ("a whole number from 0 to " + std::to_string(static_cast<std::uint64_t>(max))).c_str());
  }
  return static_cast<std::uint32_t>(number);
}

// The properties of a spec, read but not looked at.
struct FeatureValues {
  explicit FeatureValues(const Napi::Object& from)
      : kind(from["kind"]),
        slot(from["slot"]),
        step_start(from["stepStart"]),
        step_op(from["stepOp"]),
        step_operand(from["stepOperand"]),
        table_start(from["tableStart"]),
        table_values(from["tableValues"]) {}

  [[nodiscard]] FeatureView View() const {
    return {.kind = RequireArray<std::uint8_t>(kind, "features.kind"),
            .slot = RequireArray<std::uint32_t>(slot, "features.slot"),
            .step_start = RequireArray<std::uint32_t>(step_start, "features.stepStart"),
            .step_op = RequireArray<std::uint8_t>(step_op, "features.stepOp"),
            .step_operand = RequireArray<double>(step_operand, "features.stepOperand"),
            .table_start = RequireArray<std::uint32_t>(table_start, "features.tableStart"),
            .table_values = RequireArray<double>(table_values, "features.tableValues")};
  }

  Napi::Value kind, slot, step_start, step_op, step_operand, table_start, table_values;
};

struct EnsembleValues {
  explicit EnsembleValues(const Napi::Object& from)
      : outputs(from["outputs"]), comparison(from["comparison"]), sums(from["sums"]) {
    arrays.reserve(kEnsembleArrayCount);
    ForEachEnsembleArray([&](const auto& array) { arrays.push_back(from[array.name]); });
  }

  [[nodiscard]] EnsembleView View() const {
    EnsembleView view;
    view.outputs = RequireNumber(outputs, "ensemble.outputs", kOutputsMax);
    view.comparison = RequireNumber(comparison, "ensemble.comparison", 1);
    view.sums = RequireNumber(sums, "ensemble.sums", 1);
    auto value = arrays.begin();
    ForEachEnsembleArray([&]<typename Element>(const EnsembleArray<Element>& array) {
      const std::string name = std::string("ensemble.") + array.name;
      view.*array.of = RequireArray<Element>(*value++, name.c_str());
    });
    return view;
  }

  Napi::Value outputs, comparison, sums;
  std::vector<Napi::Value> arrays;
};

}  // namespace

ForestView RequireForest(const Napi::Value& value) {
  const Napi::Object spec = RequireObject(value, "the forest spec");
  const Napi::Value number_slots = spec["numberSlots"];
  const Napi::Value code_slots = spec["codeSlots"];
  const FeatureValues features(RequireObject(spec["features"], "features"));
  const EnsembleValues ensemble(RequireObject(spec["ensemble"], "ensemble"));
  return {.number_slots = RequireNumber(number_slots, "numberSlots", kSlotsMax),
          .code_slots = RequireNumber(code_slots, "codeSlots", kSlotsMax),
          .features = features.View(),
          .ensemble = ensemble.View()};
}

ForestHandle RequireHandle(const Napi::Value& value) {
  if (!value.IsNumber()) Refuse("the handle", "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 1 && number <= kHandleMax) || number != std::floor(number)) {
    Refuse("the handle", "one that buildForest returned");
  }
  return static_cast<ForestHandle>(number);
}

std::size_t RequireCount(const Napi::Value& value, const char* name, std::size_t max) {
  return RequireNumber(value, name, static_cast<double>(max));
}

RowsView RequireRows(const Napi::CallbackInfo& info, std::size_t first) {
  return {.rows = RequireCount(info[first], "rows", kCallRowsMax),
          .numbers = RequireArray<double>(info[first + 1], "numbers"),
          .codes = RequireArray<std::int32_t>(info[first + 2], "codes")};
}

std::span<double> RequireRaw(const Napi::Value& value) {
  return RequireArray<double>(value, "raw");
}

std::vector<napi_value> RequireWholeBuffers(const Napi::Value& value) {
  if (!value.IsArray()) Refuse("what is freed", "an array of typed arrays");
  const auto arrays = value.As<Napi::Array>();
  std::vector<napi_value> buffers(arrays.Length());
  for (std::uint32_t at = 0; at < buffers.size(); ++at) {
    const Napi::Value array = arrays[at];
    if (!array.IsTypedArray()) Refuse("what is freed", "an array of typed arrays");
    napi_value& buffer = buffers[at];
    napi_get_typedarray_info(value.Env(), array, nullptr, nullptr, nullptr, &buffer, nullptr);
    bool is_unshared = false;
    napi_is_arraybuffer(value.Env(), buffer, &is_unshared);
    std::size_t bytes = 0;
    if (is_unshared) napi_get_arraybuffer_info(value.Env(), buffer, nullptr, &bytes);
    if (!is_unshared || array.As<Napi::TypedArray>().ByteLength() != bytes) {
      Refuse("what is freed", "the whole of its memory, and not on a SharedArrayBuffer");
    }
  }
  return buffers;
}

}  // namespace thicket::binding
