import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { workspaceRoot } from "./support/workspace.js";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "bench/README.md",
  "examples/quickstart/README.md",
  "examples/batching/README.md",
  "examples/streaming/README.md",
];

test("every link between the pages leads somewhere", async () => {
  const docs = (await readdir(join(workspaceRoot, "docs"))).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const dead: string[] = [];
  for (const page of [...pages, ...docs]) {
    const text = await readFile(join(workspaceRoot, page), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      if (!existsSync(join(workspaceRoot, dirname(page), target))) dead.push(`${page}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});

test("every block of code in the README is a file, which the tests of the README and of the packages run", async () => {
  const text = await readFile(join(workspaceRoot, "README.md"), "utf8");
  const opened = Array.from(text.matchAll(/^```(?:ts|js)\b(.*)$/gm), ([, rest = ""]) => rest);
  expect(opened.length).toBeGreaterThan(5);
  expect(opened.filter((rest) => !/^ file=\S+$/.test(rest))).toEqual([]);
});

test("every file that the pages name is there", async () => {
  const docs = (await readdir(join(workspaceRoot, "docs"))).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const named: string[] = [];
  for (const page of [...pages, ...docs]) {
    const text = await readFile(join(workspaceRoot, page), "utf8");
    for (const [, path = ""] of text.matchAll(/`((?:packages|test|scripts|bench|examples|docs)\/[\w./-]+)`/g)) named.push(path);
  }
  expect(named).toContain("packages/core/src/error-codes.ts");
  expect(named.filter((path) => !existsSync(join(workspaceRoot, path)))).toEqual([]);
});

test("every room that CONTRIBUTING names is there, and it names every package", async () => {
  const text = await readFile(join(workspaceRoot, "CONTRIBUTING.md"), "utf8");
  const rooms = [...text.matchAll(/^\| `([\w/.-]+)` +\|/gm)].map(([, room = ""]) => room);
  expect(rooms.filter((room) => !existsSync(join(workspaceRoot, room)))).toEqual([]);
  const packages = (await readdir(join(workspaceRoot, "packages"))).map((name) => `packages/${name}`);
  expect(packages.filter((name) => !rooms.includes(name))).toEqual([]);
});

test("the page on remotes has a row for each scheme, and an example", async () => {
  const text = await readFile(join(workspaceRoot, "docs/remotes.md"), "utf8");
  const rows = Array.from(text.matchAll(/^\| (`.*?`) +\|/gm), ([, cell = ""]) => cell.replaceAll("`", "").split(", "));
  // Asked in a process of its own: in this one, other tests have made schemes known.
  const asking = 'import { remoteSchemes } from "@bento/store"; console.log(JSON.stringify(remoteSchemes().toSorted()))';
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", asking], { cwd: workspaceRoot });
  expect(rows.flat().toSorted()).toEqual(JSON.parse(stdout));
  const examples = Array.from(text.matchAll(/^(?:await|const|bento) .*?"?\b([a-z0-9]+):\/\//gm), ([, scheme]) => scheme);
  expect(rows.filter((schemes) => !schemes.some((scheme) => examples.includes(scheme)))).toEqual([]);
});

test("the architecture names every room of the packages whose rooms it lists", async () => {
  const text = await readFile(join(workspaceRoot, "docs/architecture.md"), "utf8");
  const named = new Set(Array.from(text.matchAll(/^\| (`.*?`) +\|/gm), ([, cell = ""]) => cell.replaceAll("`", "").split(", ")).flat());
  for (const name of ["core", "sdk", "server", "store"]) {
    const source = `packages/${name}/src`;
    const entries = await readdir(join(workspaceRoot, source), { withFileTypes: true });
    const rooms = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    expect(rooms.filter((room) => !named.has(room) && !named.has(`${source}/${room}`))).toEqual([]);
  }
});
