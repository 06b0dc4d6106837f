import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const soak = fileURLToPath(new URL("../../bench/registry/soak.mjs", import.meta.url));
const kills = 24;

/** What became of the kills of one kind. */
interface Summary {
  readonly kind: string;
  readonly kills: number;
  readonly "done before": number;
  readonly "spared MiB": number;
}

// The looking is done there: `node bench/registry/soak.mjs --kills 200` is the same for longer.
test(
  `${kills} kills of pushes, pulls and the registry lose nothing, show nothing incomplete, and send nothing twice`,
  { timeout: 900_000 },
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [soak, "--kills", String(kills), "--mib", "30"]);
    process.stdout.write(stdout);
    const kinds = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Summary);
    expect(kinds.map(({ kind }) => kind)).toEqual(["push", "pull", "push, server", "pull, server"]);
    expect(kinds.reduce((total, each) => total + each.kills, 0)).toBe(kills);
    for (const each of kinds.slice(0, 2)) expect(each["done before"]).toBeLessThan(each.kills);
  },
);
