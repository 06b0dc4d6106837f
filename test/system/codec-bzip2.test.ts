import { beforeAll } from "vitest";
import { ensureDebianPackages } from "./support/apt.js";
import { describeTools } from "./support/codec-tools.js";

beforeAll(() => ensureDebianPackages(["bzip2", "lbzip2", "pbzip2", "python3"]));

const python = (from: string, to: string): string =>
  `python3 -c 'import bz2, os, shutil; shutil.copyfileobj(${from}(os.environ["IN"], "rb"), ${to}(os.environ["OUT"], "wb"))'`;

describeTools({
  codec: "bzip2",
  size: 2_000_000,
  writers: [
    'bzip2 -c "$IN" > "$OUT"',
    'bzip2 -1c "$IN" > "$OUT"',
    'lbzip2 -c -n 2 "$IN" > "$OUT"',
    'pbzip2 -c -p2 < "$IN" > "$OUT"',
    '(bzip2 -c < /dev/null; bzip2 -5c "$IN") > "$OUT"',
    python("open", "bz2.open"),
  ],
  readers: ['bzip2 -dc "$IN" > "$OUT"', 'lbzip2 -dc "$IN" > "$OUT"', python("bz2.open", "open")],
});
