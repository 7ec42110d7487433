#include "door/message.h"

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace thicket::door {
namespace {

constexpr std::string_view kGood = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
constexpr std::string_view kChunked = "4\r\nabcd\r\nA\r\n0123456789\r\n0\r\n\r\n";

Head Chunked() {
  return ReadHead("POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding: Chunked\r\n\r\n");
}

TEST(MessageTest, AGoodHeadSaysWhereItsMessageEnds) {
  EXPECT_EQ(HeadBytes(std::string(kGood) + "12345", 0), kGood.size());
  const Head head = ReadHead(kGood);
  EXPECT_EQ(head.fault, Fault::kNone);
  EXPECT_EQ(head.body_bytes, 5U);
  EXPECT_FALSE(head.chunked);
  EXPECT_FALSE(head.ancient);
}

TEST(MessageTest, AHeadWithoutItsLastByteMayStillBecomeAGoodOne) {
  for (std::size_t bytes = 1; bytes < kGood.size(); ++bytes) {
    EXPECT_EQ(HeadBytes(kGood.substr(0, bytes), 0), 0U);
    EXPECT_EQ(FaultOfBeginning(kGood.substr(0, bytes), bytes - 1), Fault::kNone) << bytes;
  }
}

TEST(MessageTest, EveryControlByteInAHeadIsAFault) {
  for (std::size_t at = 0; at < kGood.size(); ++at) {
    std::string head(kGood);
    if (head[at] == '\r' || head[at] == '\n') continue;
    head[at] = '\0';
    EXPECT_NE(ReadHead(head).fault, Fault::kNone) << at;
  }
}

TEST(MessageTest, ABodyEndsAtTheSameByteInPiecesOfAnySize) {
  const std::string message = std::string(kChunked) + "GET / HTTP/1.1\r\n";
  for (std::size_t piece = 1; piece <= message.size(); ++piece) {
    Body body(Chunked());
    std::size_t taken = 0;
    while (!body.Ended()) {
      const std::string_view rest = std::string_view(message).substr(taken, piece);
      ASSERT_FALSE(rest.empty());
      taken += body.Take(rest);
    }
    EXPECT_EQ(taken, kChunked.size());
    EXPECT_EQ(body.Why(), Fault::kNone);
  }
}

TEST(MessageTest, AChunkThatIsNoneIsAFaultInPiecesOfAnySize) {
  for (const std::string_view bytes : {"4;a=b\r\nabcd\r\n", "\r\n", "4 \r\n", "x\r\n", "4\nabcd",
                                       "4\r\nabcdx", "0\r\nA: b\r\n\r\n", "123456789\r\n"}) {
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      Body body(Chunked());
      std::size_t taken = 0;
      while (taken < bytes.size() && body.Why() == Fault::kNone) {
        taken += body.Take(bytes.substr(taken, piece));
      }
      EXPECT_EQ(body.Why(), Fault::kChunk) << bytes;
    }
  }
}

// Nothing of a stranger's bytes may be read beyond its end; the sanitizers watch.
TEST(MessageTest, DamagedMessagesAreReadWithinTheirBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string head(kGood);
    for (int change = 0; change < 3; ++change) {
      head[random() % head.size()] = static_cast<char>(random() % 256);
    }
    head.resize(head.size() - random() % 8);
    const std::size_t bytes = HeadBytes(head, random() % head.size());
    EXPECT_LE(bytes, head.size());
    static_cast<void>(FaultOfBeginning(head, random() % head.size()));
    if (bytes == 0) continue;
    Body body(ReadHead(std::string_view(head).substr(0, bytes)));
    EXPECT_LE(body.Take(head), head.size());
  }
}

}  // namespace
}  // namespace thicket::door
