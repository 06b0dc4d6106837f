import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./temporary-folder.js";

const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));

/** A home that Python wrote, unpacked into a temporary folder with its modes and links. */
export async function unpackHome(name: "home" | "home-broken"): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await temporaryFolder();
  execFileSync("tar", ["--extract", "--preserve-permissions", "--file", join(fixtures, `${name}.tar`), "--directory", folder.path]);
  return { path: join(folder.path, name), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** What Python answered about a home. */
export function expectedOf(name: "home" | "home-broken"): unknown {
  return JSON.parse(readFileSync(join(fixtures, `${name}.expected.json`), "utf8")) as unknown;
}

/** Everything there is below a folder, in a form that two looks can be compared in: kind, mode, time, content or target. */
export function snapshot(folder: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = (below: string): void => {
    for (const entry of readdirSync(join(folder, below)).toSorted()) {
      const path = join(below, entry);
      const stat = lstatSync(join(folder, path));
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isSymbolicLink()) found[path] = `link ${readlinkSync(join(folder, path))}`;
      else if (stat.isDirectory()) {
        found[path] = `folder ${mode}`;
        visit(path);
      } else found[path] = `file ${mode} ${stat.mtimeMs} ${sha256(readFileSync(join(folder, path)))}`;
    }
  };
  visit("");
  return found;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
