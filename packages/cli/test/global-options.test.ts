import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./bento.js";
import { FakeTerminal, run } from "./fake-terminal.js";
import { createProgram } from "../src/program.js";
import type { Command } from "commander";

const home = (): string => {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  mkdirSync(join(folder.path, "models"));
  return folder.path;
};

/** Every command that does something or holds others, with the names that lead to it. */
function* commandsBelow(command: Command, path: readonly string[] = []): Generator<readonly [path: readonly string[], command: Command]> {
  yield [path, command];
  for (const each of command.createHelp().visibleCommands(command))
    if (each.name() !== "help") yield* commandsBelow(each, [...path, each.name()]);
}
const commands = [...commandsBelow(createProgram(new FakeTerminal()))];

test.each(commands)("bento %j has a help with examples and the global options, 80 columns wide", async (path, command) => {
  const { exit, stdout, stderr } = await run([...path, "--help"]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect((await run([...path, "-h"])).stdout).toBe(stdout);
  expect(stdout).toMatch(/\nExamples:\n {2}\$ \S/);
  for (const name of ["--home", "--context", "--do-not-track", "--quiet", "--verbose", "--debug", "--help"]) expect(stdout).toContain(name);
  for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  // A line in a list; the program alone has a sentence.
  expect(command.description()).toMatch(path.length === 0 ? /^[A-Z].+\.$/ : /^[a-z].+[^.]$/);
});

/** Of the endpoints that the examples of `client` call. */
const endpointArguments = ["--images", "--top", "--image", "--prompt"];

test("the examples of a help are commands that exist, with options that exist", async () => {
  const lines: string[] = [];
  for (const [path] of commands)
    lines.push(...[...(await run([...path, "--help"])).stdout.matchAll(/\n {2}\$ (.+)/g)].map((match) => match[1] ?? ""));
  const calls = lines.flatMap((line) =>
    [...line.matchAll(/\bbento (?!help )((?:[a-z]\S* ?)+)(.*)/g)].map((match) => match.slice(1) as [string, string]),
  );
  expect(calls.length).toBeGreaterThan(30);
  for (const [words, rest] of calls) {
    const [first = ""] = words.trim().split(" ");
    // What follows a command's name is what it is given; a group is given nothing.
    const isCalled = ([path, each]: (typeof commands)[number]) =>
      each.commands.length === 0 && `${words.trim()} `.startsWith(`${path.join(" ")} `);
    const command = commands.find(isCalled)?.[1];
    expect(command, words).toBeDefined();
    for (const [option] of rest.matchAll(/(?<=\s|^)-{1,2}[a-z][a-z-]*/g)) {
      if (option === "-r" || (first === "client" && endpointArguments.includes(option))) continue;
      expect(
        command?.options.some(({ short, long }) => short === option || long === option),
        `${words} ${option}`,
      ).toBe(true);
    }
  }
});

test.each([
  ["--context", "prod", "--do-not-track", "--quiet", "--verbose", "--debug"],
  ["-q", "--verbose"],
])("%j work before, between and after the names", async (...options) => {
  const at = home();
  const names = ["models", "list", "-o", "json"];
  for (const position of [0, 1, 2]) {
    const args = [...names.slice(0, position), ...options, "--home", at, ...names.slice(position)];
    expect(await run(args)).toMatchObject({ exit: 0, stdout: "[]\n", stderr: "" });
  }
});

test("what stands later on the line wins", async () => {
  const [first, second] = [home(), home()];
  const { stderr } = await run(["--home", first, "models", "--home", first, "get", "nothing", "--home", second]);
  expect(stderr).toContain(second);
  expect(stderr).not.toContain(first);
});

test.each([
  [["lst"], "error: unknown command 'lst'\n(Did you mean list?)\n"],
  [["models", "exprot"], "error: unknown command 'exprot'\n(Did you mean one of export, import?)\n"],
  [["zzzzzz"], "error: unknown command 'zzzzzz'\n"],
  [["lst", "--help"], "error: unknown command 'lst'\n(Did you mean list?)\n"],
  [["help", "lst"], "error: unknown command 'lst'\n(Did you mean list?)\n"],
  [["models", "exprot", "-h"], "error: unknown command 'exprot'\n(Did you mean one of export, import?)\n"],
  [["models", "help", "vrify"], "error: unknown command 'vrify'\n(Did you mean verify?)\n"],
  [["models", "--quiet", "vrify"], "error: unknown command 'vrify'\n(Did you mean verify?)\n"],
])("an unknown command gets the ones that may be meant: %j", async (args, stderr) => {
  expect(await run(args)).toMatchObject({ exit: 2, stdout: "", stderr: `${stderr}hint: Say --help for what there is.\n` });
});

test.each([
  [["--help"], "bento help models"],
  [["help"], "bento help models"],
  [["help", "models"], "verify"],
  [["models", "help", "verify"], "--write"],
])("what is known has a help: %j", async (args, words) => {
  const { exit, stdout, stderr } = await run(args);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
  expect(stdout).toContain(words);
});

test.each([
  [["models", "export", "digits", ""], "out"],
  [["models", "export", "--all", ""], "--all <folder>"],
  [["models", "import", ""], "path"],
  [["models", "create", "digits", "x", ""], "path"],
  [["export", "digits", ""], "out"],
  [["import", ""], "path"],
  [["init", ""], "folder"],
  [["models", "list", "--home", ""], "--home <folder>"],
])("an empty path, as of a shell variable that is not set, is wrong use: %j", async (args, name) => {
  const { exit, stdout, stderr } = await run(args);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
  expect(stderr).toContain(`'${name}`);
  expect(stderr).toContain("It is empty");
});

test("the version is an option of the program alone", async () => {
  expect((await run(["-v"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await run(["models", "list", "-v"])).exit).toBe(2);
});

test("a hidden command for the shells is in no help", async () => {
  expect((await run(["--help"])).stdout).not.toContain("__complete");
  expect((await run(["__complete", "--", "completion", "f"])).stdout).toBe("words\nfish\n");
  const { stdout } = await run(["__complete", "--home", join(home(), "nothing"), "--", "models", "get", ""]);
  expect(stdout).toBe("words\n");
});

test.each(["bash", "zsh", "fish"])("completion %s prints a script", async (shell) => {
  const { exit, stdout } = await run(["completion", shell]);
  expect(exit).toBe(0);
  expect(stdout).toContain("__complete");
});
