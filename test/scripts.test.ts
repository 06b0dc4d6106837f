import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { freePort } from "./support/free-port.js";
import { runCommand } from "./support/run-command.js";
import { startProgram } from "./support/running-program.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

const scripts = fileURLToPath(new URL("../scripts/", import.meta.url));

/** Runs a few lines that use the scripts' modules. */
function script(source: string) {
  return spawn(process.execPath, ["--input-type=module", "-e", source], { cwd: scripts, stdio: ["ignore", "pipe", "pipe"] });
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s ends a step, what it started, and the script", async (signal, code) => {
  const grandchild = `setInterval(() => {}, 1000); console.log("up");`;
  const child = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" })`;
  const parent = script(`import { run } from "./step.mjs"; await run(process.execPath, ["-e", ${JSON.stringify(child)}]);`);
  await once(createInterface({ input: parent.stdout }), "line");
  const closed = once(parent, "close");
  parent.kill(signal);
  // "close" comes when the last process that holds the pipe is gone, so it also tells that none was left.
  expect((await closed)[0]).toBe(code);
});

test("a step that fails ends the script with its code, and shows what it said", async () => {
  const parent = script(`import { mustSucceed, run } from "./step.mjs";
    await mustSucceed("The step", run(process.execPath, ["-e", "console.log('why'); process.exit(7)"], { quiet: true }));`);
  const closed = once(parent, "close");
  expect(await Promise.all([text(parent.stdout), text(parent.stderr)])).toEqual(["why\n", "[bento] The step failed (exit code 7).\n"]);
  expect((await closed)[0]).toBe(7);
});

test("a run without any test is a failed one, and says so in the closing line", async () => {
  const parent = script(`import { printClosingLine, runProjects } from "./vitest.mjs";
    process.exitCode = printClosingLine(await runProjects("no-such-project", ["no-such-project"])) ? 0 : 1;`);
  const closed = once(parent, "close");
  const [stdout] = await Promise.all([text(parent.stdout), text(parent.stderr)]);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
  expect((await closed)[0]).toBe(1);
});

test("start saves the model once, serves it where PORT and BENTOML_HOME say, and its curl answers", async () => {
  const home = mkdtempSync(join(tmpdir(), "bento-start-"));
  try {
    for (const savedOrFound of [/^Saved digits:\S+\.$/m, /^The store has digits:\S+ already\.$/m]) {
      const port = await freePort();
      await using program = await startProgram({
        file: process.execPath,
        args: [join(scripts, "start.mjs")],
        cwd: tmpdir(),
        env: { PORT: String(port), BENTOML_HOME: home, NODE_OPTIONS: "" },
        readyUrl: (printed) => (printed.includes("It should answer") ? `http://127.0.0.1:${port}/readyz` : undefined),
        deadlineMs: 90_000,
      });
      expect(program.output()).toMatch(savedOrFound);
      expect(program.output()).toContain(`[bento] The model store is ${home}\n`);
      const curl = /^ {2}(curl .*)$/m.exec(program.output())?.[1] ?? "";
      expect(curl).toContain(`:${port}/classify`);
      const { stdout } = await runCommand("sh", ["-c", curl]);
      expect(stdout).toBe(/It should answer (\S+)\. /.exec(program.output())?.[1]);
      expect(await program.stop()).toBe(0);
    }
  } finally {
    rmSync(home, { recursive: true });
  }
}, 200_000);

test("CI runs both suites", () => {
  const path = join(scripts, "..", ".ci", "run");
  expect(statSync(path).mode & 0o111).toBe(0o111);
  expect(readFileSync(path, "utf8")).toMatch(/npm test .*\n.*npm run test:system/);
});
