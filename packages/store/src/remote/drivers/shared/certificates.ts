import { readFile } from "node:fs/promises";
import { BentoError } from "@bento/core";

/** The certificates of authorities in the file that the parameter `ca` names. @throws BENTO_BAD_REQUEST where it cannot be read */
export async function certificatesIn(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new BentoError("BENTO_BAD_REQUEST", `The certificates in ${JSON.stringify(path)} cannot be read.`, {
      hint: 'The parameter "ca" is the path of a file in PEM.',
      cause,
    });
  }
}
