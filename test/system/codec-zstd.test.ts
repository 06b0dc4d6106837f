import { beforeAll } from "vitest";
import { ensureDebianPackages } from "./support/apt.js";
import { describeTools } from "./support/codec-tools.js";

beforeAll(() => ensureDebianPackages(["zstd"]));

describeTools({
  codec: "zstd",
  size: 9_500_000,
  writers: [
    'zstd -q -c "$IN" > "$OUT"',
    'zstd -q -c -T0 -1 < "$IN" > "$OUT"',
    'zstd -q -c --no-check --no-content-size -19 "$IN" > "$OUT"',
    'zstd -q -c --fast=5 --long=27 < "$IN" > "$OUT"',
    '(pzstd -q -p 2 -c "$IN"; zstd -q -c < /dev/null) > "$OUT"',
  ],
  readers: ['zstd -q -t "$IN" && zstd -q -dc "$IN" > "$OUT"'],
});
