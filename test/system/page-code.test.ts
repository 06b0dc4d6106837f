import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { transform } from "@swc/core";
import type { Locator, Page } from "playwright-core";
import { describe, beforeAll, expect, test } from "vitest";
import { runCommand } from "../support/run-command.js";
import { workspaceRoot } from "../support/workspace.js";
import { ensureDebianPackages } from "./support/apt.js";
import { callShown, field, saved, useKindsPage } from "./support/kinds-page.js";
import { encodePng, pureTone } from "./support/small-files.js";

const kinds = useKindsPage();

beforeAll(() => ensureDebianPackages(["curl"]));

const photo = encodePng({ width: 3, height: 2, rgb: new Uint8Array(18).fill(200) });

describe("code for other places", () => {
  test("tells the call as curl and as a program, as it stands in the form", async () => {
    await using opened = await kinds.open("look");
    const { page } = opened;
    const code = await codeOf(page);
    await code.getByText("Fill in the form first. photo: Choose a file.").waitFor();
    await field(page, "photo").setInputFiles({ name: "it's.png", mimeType: "image/png", buffer: Buffer.from(photo) });
    expect(await code.innerText()).toBe(`curl '${kinds.url}/look' \\\n  -F 'photo=@it'\\''s.png;type=image/png' \\\n  -o look.png`);
    await page.getByRole("radio", { name: "TypeScript" }).check();
    const wanted = `const file = await openAsBlob("it's.png", { type: "image/png" });\nconsole.log(await client.look({ photo: file }));`;
    expect(await code.innerText()).toContain(wanted);
  });

  test.each([
    ["look", "photo", undefined],
    ["hear", "input", undefined],
    ["shout", "input", "It's <loud> $HOME \\n"],
    ["classify", "ids", "[9007199254740993, 1]"],
    ["echo", "name", 'O\'Neil "x"'],
    ["area", "unit", "m/s"],
    ["talk", "prompt", "Tell 'em"],
    ["sum", "input", '{"n": 1}\n{"n": 41}'],
    ["nothing", undefined, undefined],
  ])("does what the page does: %s", async (endpoint, name, text) => {
    await using opened = await kinds.open(endpoint);
    const { page } = opened;
    await using folder = await codeFolder();
    const isSound = endpoint === "hear";
    const file = {
      name: "a file.bin",
      mimeType: isSound ? "audio/wav" : "image/png",
      buffer: Buffer.from(isSound ? pureTone(440) : photo),
    };
    if (name !== undefined && text === undefined) await field(page, name).setInputFiles(file);
    else if (name !== undefined) await field(page, name).fill(text ?? "");
    await writeFile(join(folder.path, file.name), file.buffer);
    await callShown(page);
    const code = await codeOf(page);
    await runCommand("bash", ["-c", `set -e; ${await code.innerText()} -sSf > answer`], { cwd: folder.path });
    const [made] = (await readdir(folder.path)).filter((entry) => entry.startsWith(`${endpoint}.`));
    const body = await readFile(join(folder.path, made ?? "answer"));
    // A stream comes as events to the page, and as lines to a terminal.
    if (endpoint === "talk") expect(body.toString().trim().split("\n")[0]).toBe('"Tell "');
    else expect(body.toString("latin1")).toBe((await saved(page)).bytes.toString("latin1"));
    await page.getByRole("radio", { name: "TypeScript" }).check();
    const { code: program } = await transform(await code.innerText(), { jsc: { parser: { syntax: "typescript" }, target: "es2022" } });
    await writeFile(join(folder.path, "call.mjs"), program);
    const { stdout } = await runCommand(process.execPath, ["call.mjs"], { cwd: folder.path });
    expect(stdout).toContain(printed[endpoint]);
  });
});

/** What the programs print. */
const printed: Readonly<Record<string, string>> = {
  look: "seen.png",
  hear: "audio/wav",
  shout: "IT'S <LOUD> $HOME",
  classify: "Tensor",
  echo: `name: \`O'Neil "x"\``,
  area: "3.14",
  talk: "Tell \n'em",
  sum: "42",
  nothing: "null",
};

async function codeOf(page: Page): Promise<Locator> {
  await page.getByText("This call from elsewhere").click();
  const code = page.locator(".call-code code");
  await code.getByText(/./).first().waitFor();
  return code;
}

/** A folder from which programs find this workspace's packages. */
async function codeFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  await mkdir(join(workspaceRoot, ".cache"), { recursive: true });
  const path = await mkdtemp(join(workspaceRoot, ".cache", "page-code-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
