/** Numbers below `limit` that look random and are the same on every run. @source Mulberry32 */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** A copy of some bytes, damaged in one to four places: changed, cut out, doubled, overwritten with extremes, or cut off. */
export function damaged(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  let result = Buffer.from(bytes);
  for (let changes = 1 + random(4); changes > 0 && result.length > 0; changes -= 1) {
    const at = random(result.length);
    const length = 1 + random(Math.min(64, result.length - at));
    switch (random(6)) {
      case 0:
        result[at] = random(256);
        break;
      case 1:
        result[at] = (result[at] as number) ^ (1 << random(8));
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at, at + length), result.subarray(at)]);
        break;
      case 4:
        result.fill([0, 0xff, 0x7f, 0x2f][random(4)] as number, at, at + Math.min(length, 12));
        break;
      default:
        if (random(4) === 0) result = result.subarray(0, at);
        else result[at] = (result[at] as number) + 1;
    }
  }
  return result;
}
