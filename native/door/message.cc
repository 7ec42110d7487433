#include "door/message.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thicket::door {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
// Digits of a length: more bytes than any disk holds, and no overflow.
constexpr std::size_t kLengthDigitsMax = 15;
constexpr std::uint8_t kChunkDigitsMax = 8;

constexpr std::array<std::string_view, 9> kMethods = {
    "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"};
// The rest of the registry: it is known, and allowed nowhere.
constexpr std::array<std::string_view, 30> kForeignMethods = {"ACL",
                                                              "BASELINE-CONTROL",
                                                              "BIND",
                                                              "CHECKIN",
                                                              "CHECKOUT",
                                                              "COPY",
                                                              "LABEL",
                                                              "LINK",
                                                              "LOCK",
                                                              "MERGE",
                                                              "MKACTIVITY",
                                                              "MKCALENDAR",
                                                              "MKCOL",
                                                              "MKREDIRECTREF",
                                                              "MKWORKSPACE",
                                                              "MOVE",
                                                              "ORDERPATCH",
                                                              "PROPFIND",
                                                              "PROPPATCH",
                                                              "QUERY",
                                                              "REBIND",
                                                              "REPORT",
                                                              "SEARCH",
                                                              "UNBIND",
                                                              "UNCHECKOUT",
                                                              "UNLINK",
                                                              "UNLOCK",
                                                              "UPDATE",
                                                              "UPDATEREDIRECTREF",
                                                              "VERSION-CONTROL"};

bool IsToken(char byte) {
  constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  const auto code = static_cast<unsigned char>(byte);
  return code < 0x80 && (std::isalnum(code) != 0 || kSigns.find(byte) != std::string_view::npos);
}

bool IsControl(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code < 0x20 || code == 0x7f;
}

bool IsDigit(char byte) {
  return byte >= '0' && byte <= '9';
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {}, [](char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
  });
}

Fault FaultOfVersion(std::string_view version, bool& ancient) {
  ancient = version == "HTTP/1.0";
  if (ancient || version == "HTTP/1.1") return Fault::kNone;
  const bool other = version.size() == 8 && version.starts_with("HTTP/") && IsDigit(version[5]) &&
                     version[6] == '.' && IsDigit(version[7]);
  return other ? Fault::kVersion : Fault::kRequestLine;
}

// A path (the only form that an origin server needs), or the one word of HTTP/2's preface.
Fault ReadRequestLine(std::string_view line, Head& head) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return Fault::kRequestLine;
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  if (method.empty() || !std::ranges::all_of(method, IsToken)) return Fault::kRequestLine;
  const Fault version = FaultOfVersion(line.substr(second + 1), head.ancient);
  if (version != Fault::kNone) return version;
  head.foreign = std::ranges::find(kForeignMethods, method) != kForeignMethods.end();
  const bool known = std::ranges::find(kMethods, method) != kMethods.end();
  if (!known && !head.foreign) return Fault::kMethod;
  const bool path = target.starts_with('/') && target.find('#') == std::string_view::npos;
  return path ? Fault::kNone : Fault::kRequestLine;
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool IsHost(std::string_view text) {
  constexpr std::string_view kNever = " \t,/@?#\\\"<>";
  return text.find_first_of(kNever) == std::string_view::npos;
}

// Fields that decide where a message ends, each of which may stand once.
class Framing {
 public:
  explicit Framing(Head& head) : head_(head) {}

  Fault Add(std::string_view name, std::string_view value) {
    if (EqualsIgnoringCase(name, "host")) return AddHost(value);
    if (EqualsIgnoringCase(name, "content-length")) return AddLength(value);
    if (EqualsIgnoringCase(name, "transfer-encoding")) return AddEncoding(value);
    return Fault::kNone;
  }

  [[nodiscard]] Fault AtEnd() const {
    if (head_.chunked && (length_ || head_.ancient)) return Fault::kFraming;
    return head_.has_host || head_.ancient ? Fault::kNone : Fault::kHost;
  }

 private:
  Fault AddHost(std::string_view value) {
    if (head_.has_host || !IsHost(value)) return Fault::kHost;
    head_.has_host = true;
    return Fault::kNone;
  }

  Fault AddLength(std::string_view value) {
    if (length_ || value.empty() || value.size() > kLengthDigitsMax) return Fault::kLength;
    length_ = true;
    for (const char digit : value) {
      if (!IsDigit(digit)) return Fault::kLength;
      head_.body_bytes = head_.body_bytes * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return Fault::kNone;
  }

  Fault AddEncoding(std::string_view value) {
    if (head_.chunked) return Fault::kFraming;
    if (!EqualsIgnoringCase(value, "chunked")) return Fault::kEncoding;
    head_.chunked = true;
    return Fault::kNone;
  }

  Head& head_;
  bool length_ = false;
};

Fault ReadField(std::string_view line, Framing& framing) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return Fault::kField;
  const std::string_view name = line.substr(0, colon);
  // A folded line begins with a space.
  if (!std::ranges::all_of(name, IsToken)) return Fault::kField;
  return framing.Add(name, Trimmed(line.substr(colon + 1)));
}

int HexOf(char byte) {
  if (IsDigit(byte)) return byte - '0';
  const char lower = static_cast<char>(byte | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::size_t HeadBytes(std::string_view text, std::size_t searched) {
  const std::size_t overlap = kHeadEnd.size() - 1;
  const std::size_t at = text.find(kHeadEnd, searched > overlap ? searched - overlap : 0);
  return at == std::string_view::npos ? 0 : at + kHeadEnd.size();
}

Fault FaultOfBeginning(std::string_view text, std::size_t checked) {
  // A carriage return may have been the last byte, without the line feed that follows it.
  for (std::size_t at = checked > 0 ? checked - 1 : 0; at < text.size(); ++at) {
    const char byte = text[at];
    if (byte == '\r') {
      if (at + 1 < text.size() && text[at + 1] != '\n') return Fault::kBytes;
    } else if (byte == '\n') {
      if (at == 0 || text[at - 1] != '\r') return Fault::kBytes;
    } else if (IsControl(byte) && byte != '\t') {
      return Fault::kBytes;
    }
  }
  const std::size_t line = text.find(kLineEnd);
  Head head;
  return line == std::string_view::npos ? Fault::kNone
                                        : ReadRequestLine(text.substr(0, line), head);
}

Head ReadHead(std::string_view text) {
  Head head;
  head.fault = FaultOfBeginning(text, 0);
  if (head.fault != Fault::kNone) return head;
  std::size_t end = text.find(kLineEnd);
  head.fault = ReadRequestLine(text.substr(0, end), head);
  Framing framing(head);
  for (std::size_t fields = 0; head.fault == Fault::kNone; ++fields) {
    const std::size_t start = end + kLineEnd.size();
    end = text.find(kLineEnd, start);
    if (end == start) break;  // The empty line.
    head.fault =
        fields == kFieldsMax ? Fault::kFields : ReadField(text.substr(start, end - start), framing);
  }
  if (head.fault == Fault::kNone) head.fault = framing.AtEnd();
  return head;
}

Body::Body(const Head& head) : left_(head.body_bytes) {
  if (head.chunked) {
    state_ = State::kSize;
  } else if (left_ > 0) {
    state_ = State::kCounted;
  }
}

std::size_t Body::Take(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && !Ended() && fault_ == Fault::kNone) {
    if (state_ != State::kCounted && state_ != State::kData) {
      TakeControl(bytes[at++]);
      continue;
    }
    const std::uint64_t taken = std::min<std::uint64_t>(left_, bytes.size() - at);
    at += taken;
    left_ -= taken;
    if (left_ == 0) state_ = state_ == State::kCounted ? State::kEnded : State::kDataEnd;
  }
  return at;
}

void Body::TakeControl(char byte) {
  switch (state_) {
    case State::kSize:
      TakeSize(byte);
      break;
    case State::kSizeEnd:
      Expect(byte, '\n', left_ > 0 ? State::kData : State::kLastEnd);
      break;
    case State::kDataEnd:
      Expect(byte, '\r', State::kDataEnd2);
      break;
    case State::kDataEnd2:
      Expect(byte, '\n', State::kSize);
      break;
    case State::kLastEnd:
      Expect(byte, '\r', State::kLastEnd2);
      break;
    case State::kLastEnd2:
      Expect(byte, '\n', State::kEnded);
      break;
    case State::kEnded:
    case State::kCounted:
    case State::kData:
      break;
  }
}

void Body::TakeSize(char byte) {
  const int hex = HexOf(byte);
  if (hex >= 0 && digits_ < kChunkDigitsMax) {
    left_ = left_ * 16 + static_cast<std::uint64_t>(hex);
    ++digits_;
  } else if (byte == '\r' && digits_ > 0) {
    digits_ = 0;
    state_ = State::kSizeEnd;
  } else {
    fault_ = Fault::kChunk;
  }
}

void Body::Expect(char byte, char expected, State next) {
  if (byte == expected) {
    state_ = next;
  } else {
    fault_ = Fault::kChunk;
  }
}

}  // namespace thicket::door
