const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
/** 100 ns steps from the start of the Gregorian calendar, where UUID time begins, to 1970. */
const gregorianOffset = 0x01b21dd213814000n;

/**
 * Makes a version for a new model: 16 characters of `a-z2-7`, different on every call and in every process.
 *
 * Not ordered by time; the newest version is decided by creation time, never by this text.
 * @source BentoML tag.py `make_new_version`: base32 of ten bytes of a version-1 UUID. Differs: the node bytes are
 * random for each process instead of the machine's MAC address, as RFC 9562 allows, so nothing of the machine shows.
 */
export function makeVersion(): string {
  const ticks = nextTicks();
  const bytes = new Uint8Array(10);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Number(ticks & 0xffffffffn));
  view.setUint16(4, Number((ticks >> 32n) & 0xffffn));
  processBytes ??= crypto.getRandomValues(new Uint8Array(4));
  bytes.set(processBytes, 6);
  bytes[6] = ((bytes[6] as number) & 0x3f) | 0x80;
  return base32(bytes);
}

/** The version that Python BentoML makes from a version-1 UUID. */
export function versionFromUuid1(uuid: string): string {
  const hex = uuid.replaceAll("-", "");
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  return base32(Uint8Array.of(...bytes.subarray(0, 6), ...bytes.subarray(8, 12)));
}

let processBytes: Uint8Array | undefined;
let lastTicks = 0n;

function nextTicks(): bigint {
  const now = BigInt(Date.now()) * 10_000n + gregorianOffset;
  lastTicks = now > lastTicks ? now : lastTicks + 1n;
  return lastTicks;
}

function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let buffer = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(buffer >> (bits - 5)) & 31];
    buffer &= (1 << bits) - 1;
  }
  return text;
}
