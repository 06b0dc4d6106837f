import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";

import { transform } from "@swc/core";
import { expect, test } from "vitest";

import { projectFolder, runProgram } from "./program.js";

const page = readFileSync(new URL("../../../docs/clients.md", import.meta.url), "utf8");
const png = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==";

const main = `
import { serve } from "@bento/server";
import { Media } from "./media.js";
const server = await serve(Media, { port: 0, banner: false, accessLog: false });
process.send(server.url);
`;

/** The page's files as JavaScript, by name. */
async function scripts(): Promise<Record<string, string>> {
  const jsc = { parser: { syntax: "typescript", decorators: true }, transform: { decoratorVersion: "2022-03" }, target: "es2022" } as const;
  const blocks = Array.from(page.matchAll(/^```ts file=(\S+)\.ts\n(.*?)^```$/gms), ([, name = "", text = ""]) => ({ name, text }));
  const compiled = blocks.map(
    async ({ name, text }) => [`${name}.js`, (await transform(text, { jsc, module: { type: "es6" } })).code] as const,
  );
  return Object.fromEntries(await Promise.all(compiled));
}

/** What a file of the page says that it prints, line by line. */
function promised(name: string): string[] {
  const [, text = ""] = new RegExp(`file=${name}\\.ts\\n(.*?)^\`\`\`$`, "ms").exec(page) ?? [];
  return Array.from(text.matchAll(/console\.log\(.*\/\/ (.*)$/gm), ([, said = ""]) => said).flatMap((said) => said.split(", then "));
}

test("the page about clients does what it says", async () => {
  using project = projectFolder({ ...(await scripts()), "main.js": main });
  writeFileSync(`${project.path}/dot.png`, Buffer.from(png, "base64"));
  await using server = runProgram(project.path, "main.js");
  const env = { ...process.env, NODE_OPTIONS: "", MEDIA_URL: await server.said() };
  for (const name of ["call", "discover"]) {
    const { stdout } = await promisify(execFile)(process.execPath, [`${name}.js`], { cwd: project.path, env });
    expect(promised(name).length).toBeGreaterThan(1);
    expect(stdout.trim().split("\n")).toEqual(promised(name));
  }
});
