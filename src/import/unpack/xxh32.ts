/** xxHash with 32 bits (xxhash_spec.md), the checksum of LZ4 frames; seed 0. */
const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;
const STRIPE_BYTES = 16;

export interface Hash {
  update(bytes: Uint8Array): Hash;
  digest(): number;
}

export function xxh32(): Hash {
  const lanes = [(PRIMES[0] + PRIMES[1]) | 0, PRIMES[1] | 0, 0, -PRIMES[0] | 0];
  const rest = new Uint8Array(STRIPE_BYTES);
  let restLength = 0;
  let length = 0;
  const hash: Hash = {
    update(bytes) {
      let at = 0;
      length += bytes.length;
      while (at < bytes.length) {
        if (restLength === 0 && bytes.length - at >= STRIPE_BYTES) {
          mixStripe(lanes, bytes, at);
          at += STRIPE_BYTES;
          continue;
        }
        rest[restLength] = bytes[at]!;
        restLength += 1;
        at += 1;
        if (restLength < STRIPE_BYTES) continue;
        mixStripe(lanes, rest, 0);
        restLength = 0;
      }
      return hash;
    },
    digest() {
      const [a = 0, b = 0, c = 0, d = 0] = lanes;
      const mixed = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
      const start = length >= STRIPE_BYTES ? mixed : PRIMES[4];
      return finish((start + length) | 0, rest.subarray(0, restLength));
    },
  };
  return hash;
}

function mixStripe(lanes: number[], bytes: Uint8Array, at: number): void {
  for (let lane = 0; lane < 4; lane++) {
    const sum = lanes[lane]! + Math.imul(readUint32(bytes, at + 4 * lane), PRIMES[1]);
    lanes[lane] = Math.imul(rotate(sum | 0, 13), PRIMES[0]);
  }
}

function finish(start: number, rest: Uint8Array): number {
  let value = start;
  let at = 0;
  for (; at + 4 <= rest.length; at += 4) {
    value = (value + Math.imul(readUint32(rest, at), PRIMES[2])) | 0;
    value = Math.imul(rotate(value, 17), PRIMES[3]);
  }
  for (; at < rest.length; at++) {
    value = (value + Math.imul(rest[at]!, PRIMES[4])) | 0;
    value = Math.imul(rotate(value, 11), PRIMES[0]);
  }
  value = Math.imul(value ^ (value >>> 15), PRIMES[1]);
  value = Math.imul(value ^ (value >>> 13), PRIMES[2]);
  return (value ^ (value >>> 16)) >>> 0;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
