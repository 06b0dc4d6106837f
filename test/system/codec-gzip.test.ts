import { beforeAll } from "vitest";
import { ensureDebianPackages } from "./support/apt.js";
import { describeTools } from "./support/codec-tools.js";

beforeAll(() => ensureDebianPackages(["gzip", "pigz", "python3"]));

const python = (from: string, to: string): string =>
  `python3 -c 'import gzip, os, shutil; shutil.copyfileobj(${from}(os.environ["IN"], "rb"), ${to}(os.environ["OUT"], "wb"))'`;

describeTools({
  codec: "gzip",
  size: 2_500_000,
  writers: [
    'gzip -c "$IN" > "$OUT"',
    'gzip -1c "$IN" > "$OUT"',
    'pigz -c -9 "$IN" > "$OUT"',
    'pigz -c -p 2 -b 128 -i "$IN" > "$OUT"',
    '(gzip -c "$IN"; gzip -c < /dev/null; head -c 512 /dev/zero) > "$OUT"',
    python("open", "gzip.open"),
  ],
  readers: ['gzip -dc "$IN" > "$OUT"', 'pigz -dc "$IN" > "$OUT"', python("gzip.open", "open")],
});
