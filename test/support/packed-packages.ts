import { join } from "node:path";
import { runCommand } from "./run-command.js";
import { buildPackages, pinnedPnpm, workspacePackages, workspaceRoot } from "./workspace.js";

/** The tarball of a package that {@link packPackages} wrote into `folder`. */
export function tarballIn(folder: string, { name, version }: { readonly name: string; readonly version: string }): string {
  return join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}

/** Builds every package and packs it, as it would be published, into `folder`. */
export async function packPackages(folder: string): Promise<void> {
  await buildPackages();
  await runCommand("npx", ["-y", pinnedPnpm, "-r", "--filter", "./packages/*", "pack", "--pack-destination", folder], {
    cwd: workspaceRoot,
  });
}

/** The dependencies and overrides that make npm take every package of ours from its tarball: no registry has them yet. */
export function fromTarballs(folder: string): { readonly files: Record<string, string>; readonly overrides: Record<string, string> } {
  const files = Object.fromEntries(workspacePackages.map((one) => [one.name, `file:${tarballIn(folder, one)}`]));
  return { files, overrides: Object.fromEntries(workspacePackages.map(({ name }) => [name, `$${name}`])) };
}

/** `npm install` in a folder, without scripts and as little network as it can. */
export async function npmInstall(cwd: string): Promise<void> {
  await runCommand("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd });
}
