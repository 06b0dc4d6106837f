import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildPackages, workspaceRoot } from "../../support/workspace.js";

const bentoBin = `${workspaceRoot}packages/cli/dist/bin.js`;

/**
 * Builds the command, and puts it into a folder as `bento`.
 * @returns a PATH that begins with that folder
 */
export async function bentoOnPath(folder: string): Promise<string> {
  await buildPackages();
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "bento"), `#!/bin/sh\nexec '${process.execPath}' '${bentoBin}' "$@"\n`);
  await chmod(join(bin, "bento"), 0o755);
  return `${bin}:${process.env["PATH"] ?? ""}`;
}
