import { readFile } from "node:fs/promises";

const readme = new URL("../../README.md", import.meta.url);

export function readmeText(): Promise<string> {
  return readFile(readme, "utf8");
}

/** The code blocks of the README that say which file they are, by file name. */
export async function readmeFiles(): Promise<ReadonlyMap<string, string>> {
  const blocks = (await readmeText()).matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms);
  return new Map(Array.from(blocks, ([, name = "", code = ""]) => [name, code]));
}
