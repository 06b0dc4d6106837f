import { BentoError } from "@bento/core";
import { createKeyPair } from "@bento/store/signing";
import { rm, writeFile } from "node:fs/promises";
import type { Terminal } from "../terminal/terminal.js";

/**
 * `bento models create-key FILE`: makes a key to sign models with, and never overwrites one.
 * @throws BENTO_TARGET_EXISTS, BENTO_TRANSFER_FAILED
 */
export async function createKey(terminal: Terminal, file: string): Promise<void> {
  const { privateKey, publicKey, keyId } = createKeyPair();
  const publicFile = `${file}.pub`;
  await writeNew(file, privateKey, 0o600);
  try {
    await writeNew(publicFile, publicKey, 0o644);
  } catch (error) {
    // Half a pair is of no use, and would be in the way of the next try.
    await rm(file, { force: true });
    throw error;
  }
  terminal.out(`The key ${keyId}: ${file}, which nobody else may read, and ${publicFile}, for those who are to trust it.\n`);
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { mode, flag: "wx" });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new BentoError("BENTO_TARGET_EXISTS", `${JSON.stringify(path)} is there already.`, {
        hint: "Keys are never overwritten: models that it signed could not be signed again. Name another file.",
        cause,
      });
    }
    throw new BentoError("BENTO_TRANSFER_FAILED", `The key cannot be written to ${JSON.stringify(path)} (${code ?? "failed"}).`, { cause });
  }
}
