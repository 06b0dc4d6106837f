import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCommand } from "./run-command.js";

/** The folder of the whole workspace, with a slash at its end. */
export const workspaceRoot = fileURLToPath(new URL("../../", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly packageManager?: string;
}

/** A package that this workspace publishes. */
export interface WorkspacePackage extends Manifest {
  readonly folder: string;
}

export const workspacePackages: readonly WorkspacePackage[] = readdirSync(`${workspaceRoot}packages`).map((name) => {
  const folder = `${workspaceRoot}packages/${name}`;
  return { ...readManifest(`${folder}/package.json`), folder };
});

/** The pinned pnpm as npx takes it: `pnpm@10.34.9`. */
export const pinnedPnpm = readManifest(`${workspaceRoot}package.json`).packageManager ?? "pnpm";

/** The version of a package that the workspace itself uses. */
export function installedVersion(name: string): string {
  return readManifest(`${workspaceRoot}node_modules/${name}/package.json`).version;
}

/** Brings every `dist` up to date; under a second when it is already. */
export async function buildPackages(): Promise<void> {
  await runCommand(process.execPath, ["scripts/build.mjs"], { cwd: workspaceRoot });
}

/** Writes the files of the page at `/` anew, which servers find in `dist` even where they run from sources. */
export async function buildPage(): Promise<void> {
  await runCommand(process.execPath, ["packages/server/scripts/build-page.mjs"], { cwd: workspaceRoot });
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}
