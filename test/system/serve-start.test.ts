import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileModelStore } from "@bento/store";
import { beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { buildPackages } from "../support/workspace.js";
import { type StartTime, timeFirstAnswer } from "./support/first-answer.js";
import { pythonCommands } from "./support/python.js";
import { temporaryHome } from "./support/temporary-home.js";

const rounds = 5;
/** What else the machine does makes short starts longer by more of their time: what misses a goal is measured again, this often at most. */
const mostAttempts = 3;
/** Of the time that Python takes: from the call of `serve()`, and with all before it, which is Node's start and loading what the service imports. */
const goals = { ofServe: 1 / 5, ofProgram: 3 / 10 };
const sides = ["python", "pool", "shared-port"] as const;
type Side = (typeof sides)[number];
type Ratios = Readonly<Record<keyof StartTime, number>>;

const programs = fileURLToPath(new URL("support/start/", import.meta.url));
const call = { path: "/predict", input: { features: [1, 2, 3] }, answer: 140 };

beforeAll(buildPackages, 120_000);

async function timeStart(side: Side, home: string, pythonFolder: string): Promise<StartTime> {
  const port = await freePort();
  const [file, ...args]: readonly [string, ...string[]] =
    side === "python"
      ? [join(pythonCommands, "bentoml"), "serve", "linear:Linear", "--host", "127.0.0.1", "--port", String(port)]
      : [process.execPath, "linear.mjs", side, String(port)];
  // Nothing that would slow one side down: no development mode, and Python keeps what it compiles.
  const env = { BENTOML_HOME: home, BENTOML_DO_NOT_TRACK: "true", NODE_OPTIONS: "" };
  return timeFirstAnswer({ file, args, cwd: side === "python" ? pythonFolder : programs, env, port, ...call });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

test("two workers answer for the first time in less than a fifth of the time that Python needs, with the same model", async () => {
  await using home = await temporaryHome();
  await using store = new FileModelStore(home.path);
  await store.create("linear", (draft) => draft.write("weights.json", "[10, 20, 30]"));
  // Somewhere else, as Python puts what it compiles beside it.
  const pythonFolder = join(home.path, "service");
  await mkdir(pythonFolder);
  await copyFile(join(programs, "linear.py"), join(pythonFolder, "linear.py"));
  let worst: Ratios = { ofServe: Infinity, ofProgram: Infinity };
  for (let attempt = 1; attempt <= mostAttempts && !isMet(worst); attempt++) worst = await worstRatios(home.path, pythonFolder);
  expect(worst.ofServe).toBeLessThan(goals.ofServe);
  expect(worst.ofProgram).toBeLessThan(goals.ofProgram);
});

function isMet({ ofServe, ofProgram }: Ratios): boolean {
  return ofServe < goals.ofServe && ofProgram < goals.ofProgram;
}

/**
 * Measures all sides by turns. A machine's pace may change by a third within a minute, so each start is compared with
 * that of Python right before it.
 * @returns how much of Python's time the slower of ours takes
 */
async function worstRatios(home: string, pythonFolder: string): Promise<Ratios> {
  const times: Record<Side, StartTime[]> = { python: [], pool: [], "shared-port": [] };
  // The first start of each finds nothing in the cache of the disk, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const side of sides) {
      const time = await timeStart(side, home, pythonFolder);
      if (round > 0) times[side].push(time);
    }
  }
  const ratio = (side: Side, from: keyof StartTime): number =>
    median(times[side].map((time, round) => time[from] / (times.python[round] as StartTime).ofProgram));
  const about = (side: Side): string => {
    const ms = (from: keyof StartTime): string => median(times[side].map((time) => time[from])).toFixed(0);
    const part = (from: keyof StartTime): string => `${ms(from)} ms (${ratio(side, from).toFixed(3)} of Python's)`;
    return side === "python" ? `python ${ms("ofProgram")} ms` : `${side} ${part("ofServe")}, with the whole program ${part("ofProgram")}`;
  };
  process.stdout.write(`start to first answer, two workers, medians of ${rounds}: ${sides.map(about).join("; ")}\n`);
  const worst = (from: keyof StartTime): number => Math.max(ratio("pool", from), ratio("shared-port", from));
  return { ofServe: worst("ofServe"), ofProgram: worst("ofProgram") };
}
