import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const quickstart = (file) => fileURLToPath(new URL(`../../examples/quickstart/${file}`, import.meta.url));

/** A store that holds the quickstart's model. @returns its home */
export function storeWithDigits() {
  const home = mkdtempSync(join(tmpdir(), "bench-workers-"));
  execFileSync(process.execPath, [quickstart("dist/save-model.js")], {
    cwd: quickstart("."),
    env: { ...process.env, BENTOML_HOME: home },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return home;
}

/** One image: what a caller of the service sends. */
export const digitsBody = JSON.stringify({ images: [Array.from({ length: 64 }, (_, pixel) => (pixel * 7) % 17)] });
