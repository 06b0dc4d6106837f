import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../support/run-command.js";
import { ensureDebianPackages } from "./support/apt.js";
import { bentoOnPath } from "./support/bento-command.js";
import { runOnTerminal } from "./support/on-terminal.js";
import { type TemporaryHome, temporaryHome } from "./support/temporary-home.js";

let folder: TemporaryHome;
let env: Readonly<Record<string, string>>;
let home: string;

beforeAll(async () => {
  await ensureDebianPackages(["zsh", "fish"]);
  folder = await temporaryHome();
  home = join(folder.path, "home");
  const store = new FileModelStore(home);
  for (const tag of ["digits:v1", "digits:v2", "iris-classifier:2026.11"])
    await store.create(tag, (draft) => draft.write("model.txt", tag));
  await writeFile(join(folder.path, "weights.bin"), "weights");
  env = { PATH: await bentoOnPath(folder.path), BENTOML_HOME: home, HOME: folder.path };
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Types a line into an interactive shell, where `<Tab>` is that key, and answers with what the line printed. */
async function typed(shell: readonly string[], line: string): Promise<string> {
  const steps = [
    { until: "READY> ", type: `${line.replaceAll("<Tab>", "\t")}\n` },
    { until: "END> ", type: "exit\n" },
  ];
  const { printed } = await runOnTerminal(shell, { columns: 200, steps, env, cwd: folder.path });
  return printed;
}

const line = "bento models get iris<Tab> -o pa<Tab>; PS1='END> '";

test("bash completes tags, whatever colons do to its words, and options", async () => {
  const rc = join(folder.path, "bashrc");
  await writeFile(rc, "PS1='READY> '\nsource <(bento completion bash)\n");
  const bash = ["bash", "--noprofile", "--rcfile", rc, "-i"];
  expect(await typed(bash, "bento models get iris<Tab>:<Tab> -o pa<Tab>; PS1='END> '")).toContain(
    join(home, "models", "iris-classifier", "2026.11"),
  );
  // The beginning of a URL, with no blank behind it; one that a file of that name stands before is left to the shell.
  expect(await typed(bash, "bento models inspect mem<Tab>box/<Tab>x; PS1='END> '")).toContain('"memory://box/x"');
  expect(await typed(bash, "bento models create x ./wei<Tab> -o tag; PS1='END> '")).toMatch(/x:[a-z2-7]{16}\r/);
});

test("zsh completes them too", async () => {
  const dot = join(folder.path, "zsh");
  await mkdir(dot, { recursive: true });
  await writeFile(join(dot, ".zshrc"), "PS1='READY> '\nautoload -U compinit; compinit -u -D\nsource <(bento completion zsh)\n");
  const zsh = ["env", `ZDOTDIR=${dot}`, "zsh", "-i"];
  expect(await typed(zsh, line.replace("iris<Tab>", "iris<Tab>:<Tab>"))).toContain(join(home, "models", "iris-classifier", "2026.11"));
  expect(await typed(zsh, "bento models inspect mem<Tab>box/x; PS1='END> '")).toContain('"memory://box/x"');
});

test.each([
  ["bento models get dig", ["digits\tmodel", "digits:v1\tmodel", "digits:v2\tmodel"]],
  ["bento models list -o ta", ["table"]],
  ["bento models list --output=y", ["--output=yaml"]],
  ["bento models create x wei", ["weights.bin"]],
  ["bento models import s3", ["s3://", "s3a://"]],
])("fish completes %j", async (typedSoFar, offered) => {
  const script = 'bento completion fish | source; complete -C "$argv[1]"';
  const { stdout } = await runCommand("fish", ["--no-config", "-c", script, typedSoFar], { env, cwd: folder.path });
  expect(stdout.trimEnd().split("\n")).toEqual(offered);
});
