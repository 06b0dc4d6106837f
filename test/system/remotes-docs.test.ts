// docs/remotes.md: each of its examples, at real servers on this machine in the place of those that it names.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf, commandsOf, promisedBy } from "../support/pages.js";
import { runCommand } from "../support/run-command.js";
import { buildPackages, workspaceRoot } from "../support/workspace.js";
import { DocumentedServers } from "./support/documented-servers.js";

const blocks = await blocksOf("docs/remotes.md");
const files = blocks.flatMap(({ file, text }) => (file === undefined ? [] : [{ file, text }]));
const scripts = blocks.flatMap(({ language, text }) => (language === "sh" ? [{ title: text.split(" --")[0] as string, text }] : []));

let folder: string;
let servers: DocumentedServers;

beforeAll(async () => {
  await mkdir(join(workspaceRoot, ".cache"), { recursive: true });
  folder = await mkdtemp(join(workspaceRoot, ".cache", "remotes-"));
  [servers] = await Promise.all([DocumentedServers.start(folder), buildPackages()]);
  for (const { file, text } of files) await writeFile(join(folder, file), servers.real(text));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const compilerOptions = { target: "ES2023", module: "NodeNext", strict: true, skipLibCheck: true, types: ["node"], rootDir: "." };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  await runCommand(join(workspaceRoot, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder });
});

afterAll(async () => {
  await servers?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Nothing of the tests around it, and of this machine's own logins. */
function environment(): Readonly<Record<string, string | undefined>> {
  return { VITEST: undefined, NODE_OPTIONS: undefined, NO_COLOR: "1", NODE_NO_WARNINGS: "1", ...servers.env };
}

test("each block of code is a file or commands", () => {
  expect(files.length).toBeGreaterThan(8);
  expect(blocks.filter(({ language, file }) => language !== "sh" && file === undefined)).toEqual([]);
});

test.concurrent.each(files)("$file prints what it says", async ({ file, text }) => {
  const { stdout } = await runCommand("node", [file.replace(/\.ts$/, ".js")], { cwd: folder, env: environment(), timeoutMs: 60_000 });
  expect(servers.documented(stdout).trimEnd().split("\n")).toEqual(promisedBy(text));
});

test.concurrent.each(scripts)("$title", async ({ text }) => {
  const bento = `bento() { "${process.execPath}" "${workspaceRoot}packages/cli/dist/bin.js" "$@"; }`;
  for (const { line, prints } of commandsOf(text)) {
    const { stdout } = await runCommand("sh", ["-c", `${bento}; ${servers.real(line)}`], { cwd: folder, env: environment() });
    // What has sizes and times in it is printed, and not promised.
    if (prints === "") expect(stdout).toContain("digits:v1");
    else expect({ line, stdout: servers.documented(stdout) }).toEqual({ line, stdout: prints });
  }
});
