#include "door/door.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "door/imports.h"
#include "door/message.h"

namespace thicket::door {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 ";
// Lines for the head of an older request, so that it reads as one of today.
constexpr std::string_view kCloses = "Connection: close\r\n";
// A method that the library routes and no route of ours has. Its reply says which methods there
// are.
constexpr std::string_view kNowhere = "PATCH";
constexpr std::string_view kNoHost = "Host: -\r\n";
// A head that came in pieces, and lines put into it, need room before the body in the library's
// buffer.
constexpr std::size_t kRoomBytes = kHeadBytesMax + 64;

// The port that a client has connected to, which tells one server of a process from another.
std::uint16_t PortOf(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
}

// Reading has no result yet, and the library waits for the next event.
ssize_t Later() {
  errno = EAGAIN;
  return -1;
}

struct Connection {
  std::string head;      // The beginning of a head that has not ended.
  Body body;             // Of the message that is being read.
  bool replied = false;  // Bytes of the reply to it have left.
  bool refused = false;  // The rest is dropped, so that the client reads the reply, not a reset.
};

class Door {
 public:
  Door(Keeper keeper, Shared shared) : keeper_(std::move(keeper)), shared_(shared) {}

  void Accept(int descriptor) {
    const auto at = static_cast<std::size_t>(descriptor);
    if (at >= connections_.size()) connections_.resize(at + 1);
    connections_[at] = std::make_unique<Connection>();
    if (at < shared_.busy.size()) shared_.busy[at] = 0;
  }

  void Sent(int descriptor, std::string_view bytes) {
    Connection* connection = Find(descriptor);
    if (connection != nullptr && !bytes.starts_with(kContinue)) connection->replied = true;
  }

  ssize_t Read(int descriptor, std::span<char> buffer, int flags) {
    Connection* connection = Find(descriptor);
    if (connection == nullptr || buffer.size() <= kRoomBytes) {
      return ::recv(descriptor, buffer.data(), buffer.size(), flags);
    }
    const std::size_t most = buffer.size() - kRoomBytes;
    // Bytes of the next message stay with the kernel, which says again that they are there.
    const ssize_t there = ::recv(descriptor, buffer.data(), most, flags | MSG_PEEK);
    if (there < 0) return there;
    if (connection->refused) return Drop(descriptor, static_cast<std::size_t>(there));
    if (connection->body.Ended() && IsBusy(descriptor)) {
      keeper_.pause(descriptor);
      return Later();
    }
    if (there == 0) return 0;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(there));
    *shared_.current = descriptor;
    return connection->body.Ended() ? ReadFromHead(descriptor, *connection, bytes, buffer)
                                    : ReadOn(descriptor, *connection, bytes);
  }

 private:
  Connection* Find(int descriptor) {
    const auto at = static_cast<std::size_t>(descriptor);
    return at < connections_.size() ? connections_[at].get() : nullptr;
  }

  [[nodiscard]] bool IsBusy(int descriptor) const {
    const auto at = static_cast<std::size_t>(descriptor);
    return at < shared_.busy.size() && shared_.busy[at] != 0;
  }

  static void Consume(int descriptor, std::size_t bytes) {
    // With this flag a stream's bytes are dropped where they are, and copied nowhere.
    static_cast<void>(::recv(descriptor, nullptr, bytes, MSG_TRUNC | MSG_DONTWAIT));
  }

  static ssize_t Drop(int descriptor, std::size_t bytes) {
    if (bytes == 0) return 0;
    Consume(descriptor, bytes);
    return Later();
  }

  ssize_t Refuse(int descriptor, Connection& connection, Fault fault, std::size_t bytes) {
    if (!connection.replied) {
      const std::string reply = keeper_.refusal(fault, PortOf(descriptor));
      static_cast<void>(
          ::send(descriptor, reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    }
    static_cast<void>(::shutdown(descriptor, SHUT_WR));
    connection.refused = true;
    std::string().swap(connection.head);
    return Drop(descriptor, bytes);
  }

  ssize_t ReadOn(int descriptor, Connection& connection, std::string_view bytes) {
    const std::size_t taken = connection.body.Take(bytes);
    if (connection.body.Why() != Fault::kNone) {
      return Refuse(descriptor, connection, connection.body.Why(), bytes.size());
    }
    Consume(descriptor, taken);
    return static_cast<ssize_t>(taken);
  }

  ssize_t ReadFromHead(int descriptor, Connection& connection, std::string_view bytes,
                       std::span<char> buffer) {
    connection.replied = false;
    const std::size_t before = connection.head.size();
    std::string_view text = bytes;
    if (before > 0) text = connection.head.append(bytes);
    const std::size_t head_bytes = HeadBytes(text, before);
    if (head_bytes == 0 || head_bytes > kHeadBytesMax) {
      return KeepBeginning(descriptor, connection, text, before, bytes.size());
    }
    const Head head = ReadHead(text.substr(0, head_bytes));
    if (head.fault != Fault::kNone) {
      return Refuse(descriptor, connection, head.fault, bytes.size());
    }
    connection.body = Body(head);
    const std::size_t body_bytes = connection.body.Take(text.substr(head_bytes));
    if (connection.body.Why() != Fault::kNone) {
      return Refuse(descriptor, connection, connection.body.Why(), bytes.size());
    }
    Consume(descriptor, head_bytes + body_bytes - before);
    if (before == 0 && !head.ancient && !head.foreign)
      return static_cast<ssize_t>(head_bytes + body_bytes);
    std::string whole(text.substr(0, head_bytes));
    std::string().swap(connection.head);
    if (head.ancient) Renew(whole, head);
    if (head.foreign) whole.replace(0, whole.find(' '), kNowhere);
    std::memmove(buffer.data() + whole.size(), buffer.data() + head_bytes - before, body_bytes);
    std::ranges::copy(whole, buffer.begin());
    return static_cast<ssize_t>(whole.size() + body_bytes);
  }

  // A head in pieces is kept here and handed on whole.
  ssize_t KeepBeginning(int descriptor, Connection& connection, std::string_view text,
                        std::size_t before, std::size_t bytes) {
    Fault fault = FaultOfBeginning(text, before);
    if (fault == Fault::kNone && text.size() > kHeadBytesMax) fault = Fault::kHeadBytes;
    if (fault != Fault::kNone) return Refuse(descriptor, connection, fault, bytes);
    if (before == 0) connection.head = text;
    Consume(descriptor, bytes);
    return Later();
  }

  // A request of HTTP/1.0 becomes one of HTTP/1.1 that ends its connection. The first field of a
  // name is the one that the library reads.
  static void Renew(std::string& head, const Head& facts) {
    const std::size_t line = head.find("\r\n");
    head[line - 1] = '1';
    head.insert(line + 2, std::string(kCloses).append(facts.has_host ? "" : kNoHost));
  }

  Keeper keeper_;
  Shared shared_;
  // By descriptor. Those of closed connections stay until the descriptor is given out again.
  std::vector<std::unique_ptr<Connection>> connections_;
};

// Each event loop reads its own connections.
thread_local std::unique_ptr<Door> door_of_thread;

int AcceptThroughDoor(int listener, sockaddr* address, socklen_t* length, int flags) {
  const int descriptor = ::accept4(listener, address, length, flags);
  if (descriptor >= 0 && door_of_thread) door_of_thread->Accept(descriptor);
  return descriptor;
}

ssize_t ReadThroughDoor(int descriptor, void* buffer, std::size_t bytes, int flags) {
  if (!door_of_thread) return ::recv(descriptor, buffer, bytes, flags);
  return door_of_thread->Read(descriptor, {static_cast<char*>(buffer), bytes}, flags);
}

ssize_t SendThroughDoor(int descriptor, const void* buffer, std::size_t bytes, int flags) {
  if (door_of_thread) door_of_thread->Sent(descriptor, {static_cast<const char*>(buffer), bytes});
  return ::send(descriptor, buffer, bytes, flags);
}

template <typename Function>
bool Replace(const std::string& library, const char* symbol, Function* replacement) {
  return ReplaceImport(library, symbol, reinterpret_cast<void*>(replacement));
}

}  // namespace

bool Install(const std::string& library) {
  return Replace(library, "accept4", &AcceptThroughDoor) &&
         Replace(library, "recv", &ReadThroughDoor) && Replace(library, "send", &SendThroughDoor);
}

void Open(Keeper keeper, Shared shared) {
  door_of_thread = std::make_unique<Door>(std::move(keeper), shared);
}

void Close() {
  door_of_thread.reset();
}

}  // namespace thicket::door
