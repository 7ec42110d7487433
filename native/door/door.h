#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "door/message.h"

namespace thicket::door {

// The part of a thread's server that the door asks. Both are called while a socket is being read.
struct Keeper {
  // The reply to a message that breaks a rule, as bytes. `port` tells which server it was sent to.
  std::function<std::string(Fault, std::uint16_t port)> refusal;
  // Stops the reading of a connection whose last request has no reply yet.
  std::function<void(int descriptor)> pause;
};

// Memory that the door shares with the server, so that no request costs a call.
struct Shared {
  // The connection whose bytes are being read.
  std::int32_t* current = nullptr;
  // By descriptor: 1 while a request waits for its reply.
  std::span<std::uint8_t> busy;
};

// Stands between a server library and its sockets, for the whole process: the library reads what
// the door lets through, one message at a time. False where the library offers no such place.
[[nodiscard]] bool Install(const std::string& library);

// From here on this thread's connections are watched.
void Open(Keeper keeper, Shared shared);
void Close();

}  // namespace thicket::door
