#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// The framing of HTTP/1.x messages (RFC 9112), read as narrowly as it may be: two readers of one
// connection, such as a proxy and this server, must never see a different end of a message.
namespace thicket::door {

// Bytes of a request line and its headers. Node's own server takes as many.
constexpr std::size_t kHeadBytesMax = std::size_t{16} * 1024;
// The servers behind the door keep 50 lines of a head.
constexpr std::size_t kFieldsMax = 40;

// Faults of a message. A reply's status and sentence follow from it.
enum class Fault : std::uint8_t {
  kNone,
  kBytes,        // A byte that no head has: a control character, or a line end without its half.
  kRequestLine,  // No method, path and version.
  kMethod,       // A method that no registry has.
  kVersion,      // Neither HTTP/1.1 nor HTTP/1.0.
  kField,        // No name and value.
  kHost,         // Absent, twice, or no host.
  kLength,       // No number, or said twice.
  kEncoding,     // A transfer encoding other than chunked.
  kFraming,      // A length and an encoding, or an encoding said twice or in HTTP/1.0.
  kHeadBytes,    // More than a head may have.
  kFields,       // More fields than a head may have.
  kChunk,        // A chunk without its size or end, with an extension, or a trailer.
};

struct Head {
  Fault fault = Fault::kNone;
  bool ancient = false;  // HTTP/1.0
  bool chunked = false;
  bool has_host = false;
  bool foreign = false;  // A method of the registry that servers like ours do not route.
  std::uint64_t body_bytes = 0;
};

// The bytes of the head at the beginning of `text`, with the empty line; 0 where its end is still
// to come. The first `searched` bytes are known to have no end.
[[nodiscard]] std::size_t HeadBytes(std::string_view text, std::size_t searched);

// Why a head that has not ended can never become a good one. The first `checked` bytes were looked
// at before.
[[nodiscard]] Fault FaultOfBeginning(std::string_view text, std::size_t checked);

// A whole head.
[[nodiscard]] Head ReadHead(std::string_view text);

// Follows a body to its end.
class Body {
 public:
  Body() = default;
  explicit Body(const Head& head);

  [[nodiscard]] bool Ended() const noexcept { return state_ == State::kEnded; }
  [[nodiscard]] Fault Why() const noexcept { return fault_; }

  // The bytes at the beginning of `bytes` that belong to the body. A fault ends it.
  [[nodiscard]] std::size_t Take(std::string_view bytes);

 private:
  enum class State : std::uint8_t {
    kEnded,
    kCounted,   // Bytes of a known number.
    kSize,      // The digits of a chunk's size.
    kSizeEnd,   // The line feed behind them.
    kData,      // The bytes of a chunk.
    kDataEnd,   // The carriage return behind them.
    kDataEnd2,  // The line feed behind that one.
    kLastEnd,   // The carriage return behind the chunk of size 0.
    kLastEnd2,  // The line feed behind that one.
  };

  void TakeControl(char byte);
  void TakeSize(char byte);
  void Expect(char byte, char expected, State next);

  State state_ = State::kEnded;
  Fault fault_ = Fault::kNone;
  std::uint8_t digits_ = 0;
  std::uint64_t left_ = 0;  // Of the body, or of the chunk.
};

}  // namespace thicket::door
