#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <ratio>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <malloc.h>
#include <napi.h>

#include "binding/arguments.h"
#include "binding/door_methods.h"
#include "door/door.h"
#include "forest/builder.h"
#include "forest/forest.h"
#include "forest/kernel_choice.h"
#include "forest/registry.h"
#include "forest/view/fault.h"
#include "forest/view/limits.h"
#include "forest/view/view.h"
#include "kernels/kernel.h"
#include "kernels/reference.h"
#include "scoring/score.h"
#include "scoring/share.h"
#include "tuner/tuner.h"

// The export table. Every method has three steps: JavaScript to C++, C++ alone, C++ to JavaScript.
namespace thicket::binding {
namespace {

// This thread's place in the registry, until Node tears its environment down.
class Environment {
 public:
  Environment() : id_(Registry::OfProcess().Enter()) {}
  ~Environment() {
    door::Close();
    Registry::OfProcess().Leave(id_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  Environment(Environment&&) = delete;
  Environment& operator=(Environment&&) = delete;

  static EnvironmentId IdOf(Napi::Env env) { return env.GetInstanceData<Environment>()->id_; }

 private:
  EnvironmentId id_;
};

Napi::Value BuildForestMethod(const Napi::CallbackInfo& info) {
  const ForestView view = RequireForest(info[0]);
  CheckAskedKernel();  // Before the work of building.
  std::unique_ptr<Forest> forest = BuildForest(view, LayoutsReadHere());
  forest->choice = ChooseKernels(*forest);
  forest->KeepOnly({forest->choice.row->rows_by, forest->choice.batch->batches_by});
  ::malloc_trim(0);  // Memory of the build goes back to the system now, not some day.
  const ForestHandle handle =
      Registry::OfProcess().Add(std::move(forest), Environment::IdOf(info.Env()));
  return Napi::Number::New(info.Env(), static_cast<double>(handle));
}

// The allocator may keep what it is given back, so that is asked of it, too.
Napi::Value FreeArraysMethod(const Napi::CallbackInfo& info) {
  for (const napi_value buffer : RequireWholeBuffers(info[0])) {
    napi_detach_arraybuffer(info.Env(), buffer);
  }
  ::malloc_trim(0);
  return info.Env().Undefined();
}

Napi::Value RetainForestMethod(const Napi::CallbackInfo& info) {
  Registry::OfProcess().Retain(RequireHandle(info[0]));
  return info.Env().Undefined();
}

Napi::Value ReleaseForestMethod(const Napi::CallbackInfo& info) {
  const ForestHandle handle = RequireHandle(info[0]);
  Registry::OfProcess().Release(handle, Environment::IdOf(info.Env()));
  return info.Env().Undefined();
}

std::shared_ptr<const Forest> RequireLiveForest(const Napi::CallbackInfo& info) {
  return Registry::OfProcess().Get(RequireHandle(info[0]));
}

Napi::Value ScoreRowsMethod(const Napi::CallbackInfo& info) {
  const std::shared_ptr<const Forest> forest = RequireLiveForest(info);
  const RowsView rows = RequireRows(info, 1);
  const std::span<double> raw = RequireRaw(info[4]);
  ScoreRows(*forest, forest->choice, rows, raw);
  return info.Env().Undefined();
}

Napi::Value ScoreRowsByThreadsMethod(const Napi::CallbackInfo& info) {
  const std::shared_ptr<const Forest> forest = RequireLiveForest(info);
  const RowsView rows = RequireRows(info, 1);
  const std::span<double> raw = RequireRaw(info[4]);
  const std::size_t threads = RequireCount(info[5], "threads", kThreadsMax);
  ScoreRowsByThreads(*forest, forest->choice, rows, raw, threads);
  return info.Env().Undefined();
}

Napi::Value ScoreReferenceMethod(const Napi::CallbackInfo& info) {
  const ForestView view = RequireForest(info[0]);
  const RowsView rows = RequireRows(info, 1);
  const std::span<double> raw = RequireRaw(info[4]);
  ScoreReference(view, rows, raw);
  return info.Env().Undefined();
}

Napi::Value DescribeForestMethod(const Napi::CallbackInfo& info) {
  const std::shared_ptr<const Forest> forest = RequireLiveForest(info);
  const KernelChoice& choice = forest->choice;
  const Napi::Env env = info.Env();
  const auto count = [env](std::size_t value) {
    return Napi::Number::New(env, static_cast<double>(value));
  };
  Napi::Object description = Napi::Object::New(env);
  description["trees"] = count(forest->trees.tree_count);
  description["innerNodes"] = count(forest->inner_nodes);
  description["leaves"] = count(forest->leaf_count);
  description["depthMax"] = count(forest->depth_max);
  description["visitsPerRow"] = Napi::Number::New(env, forest->visits_per_row);
  description["columns"] = count(forest->columns.count);
  description["cutPoints"] = count(forest->columns.cut_points);
  description["bytes"] = count(forest->Bytes());
  description["kernel"] = Napi::String::New(env, std::string(choice.row->name));
  description["batchKernel"] = Napi::String::New(env, std::string(choice.batch->name));
  description["batchRowsMin"] = count(choice.batch_rows_min);
  description["kernelReason"] = Napi::String::New(env, choice.reason);
  Napi::Array timings = Napi::Array::New(env, choice.timings.size());
  for (std::uint32_t at = 0; at < choice.timings.size(); ++at) {
    const KernelTiming& taken = choice.timings[at];
    Napi::Object timing = Napi::Object::New(env);
    timing["kernel"] = Napi::String::New(env, std::string(taken.kernel));
    timing["rows"] = count(taken.rows);
    timing["nanosPerRow"] = Napi::Number::New(env, taken.nanos_per_row);
    timings[at] = timing;
  }
  description["kernelTimings"] = timings;
  return description;
}

Napi::Value TimeRowsMethod(const Napi::CallbackInfo& info) {
  using Clock = std::chrono::steady_clock;
  const std::shared_ptr<const Forest> forest = RequireLiveForest(info);
  const RowsView rows = RequireRows(info, 1);
  const std::size_t runs = RequireCount(info[4], "runs", kTimedRunsMax);
  const std::size_t scores = rows.rows * forest->Outputs();
  if (scores > kTimedScoresMax) {
    throw ForestError(Fault::kTooMany, "a timed run makes at most " +
                                           std::to_string(kTimedScoresMax) + " raw scores");
  }
  std::vector<double> raw(scores);
  std::vector<double> nanos(runs);
  for (double& run : nanos) {
    const Clock::time_point start = Clock::now();
    ScoreRows(*forest, forest->choice, rows, raw);
    run = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  }
  Napi::Float64Array result = Napi::Float64Array::New(info.Env(), runs);
  for (std::size_t run = 0; run < runs; ++run) result[run] = nanos[run];
  return result;
}

Napi::Value LiveForestsMethod(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Registry::OfProcess().Live()));
}

// The error waits in JavaScript's engine, which throws it once this call has returned. A thread
// that is being terminated takes no error any more, and no caller is left: the status is of no use.
Napi::Value Throw(Napi::Env env, const char* code, const char* sentence) {
  static_cast<void>(napi_throw_error(env, code, sentence));
  return {};
}

// No C++ exception passes into Node: each becomes an Error with a code.
template <Napi::Value (*Method)(const Napi::CallbackInfo&)>
Napi::Value Guarded(const Napi::CallbackInfo& info) {
  try {
    return Method(info);
  } catch (const Napi::Error&) {
    throw;  // JavaScript's own: a getter of the spec threw.
  } catch (const ForestError& error) {
    return Throw(info.Env(), "FOREST_INVALID", error.what());
  } catch (const std::bad_alloc&) {
    return Throw(info.Env(), "FOREST_MEMORY", "there is not enough memory for the forest");
  } catch (const std::exception& error) {
    return Throw(info.Env(), "FOREST_BUG", error.what());
  }
}

Napi::Object Export(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment);
  exports["buildForest"] = Napi::Function::New<Guarded<BuildForestMethod>>(env);
  exports["freeArrays"] = Napi::Function::New<Guarded<FreeArraysMethod>>(env);
  exports["retainForest"] = Napi::Function::New<Guarded<RetainForestMethod>>(env);
  exports["releaseForest"] = Napi::Function::New<Guarded<ReleaseForestMethod>>(env);
  exports["scoreRows"] = Napi::Function::New<Guarded<ScoreRowsMethod>>(env);
  exports["scoreRowsByThreads"] = Napi::Function::New<Guarded<ScoreRowsByThreadsMethod>>(env);
  exports["scoreReference"] = Napi::Function::New<Guarded<ScoreReferenceMethod>>(env);
  exports["describeForest"] = Napi::Function::New<Guarded<DescribeForestMethod>>(env);
  exports["timeRows"] = Napi::Function::New<Guarded<TimeRowsMethod>>(env);
  exports["liveForests"] = Napi::Function::New<Guarded<LiveForestsMethod>>(env);
  exports["openDoor"] = Napi::Function::New<Guarded<OpenDoorMethod>>(env);
  return exports;
}

}  // namespace
}  // namespace thicket::binding

namespace {

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  return thicket::binding::Export(env, exports);
}

}  // namespace

NODE_API_MODULE(thicket, Initialize)
