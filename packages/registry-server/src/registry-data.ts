import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

import { BentoError } from "@bento/core";
import { resolveHome } from "@bento/store";

import type { Database } from "./database/database.js";
import { openDatabase } from "./database/open-database.js";
import { createTokens } from "./tokens/create-tokens.js";
import type { Tokens } from "./tokens/tokens.js";

/** Where a registry keeps what it knows. */
export interface RegistryData {
  /** Its folder. @default the folder `registry` of the store's home */
  readonly data?: string | undefined;
  /** `postgres://...`, or a file of SQLite. @default `registry.db` in the folder */
  readonly database?: string | undefined;
}

/** The folder of a registry; nobody else may look into it. */
export async function openDataFolder({ data }: RegistryData): Promise<string> {
  const folder = data ?? join(resolveHome(), "registry");
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (cause) {
    throw new BentoError(
      "BENTO_CONFIG_INVALID",
      `The registry's folder ${JSON.stringify(folder)} cannot be made: ${(cause as Error).message}`,
      {
        cause,
        hint: "Choose another one with --data.",
      },
    );
  }
}

/** The database that belongs to a folder. @throws BENTO_CONFIG_INVALID, BENTO_UNAVAILABLE */
export function openDatabaseOf(folder: string, { database }: RegistryData): Promise<Database> {
  return openDatabase(database ?? join(folder, "registry.db"));
}

/** The tokens of a registry, whether it is being served or not. */
export interface RegistryTokens extends Tokens, AsyncDisposable {}

/**
 * Opens the tokens of a registry.
 *
 * ```ts
 * await using tokens = await openRegistryTokens();
 * const { token } = await tokens.create({ name: "ann", scope: "admin" });
 * ```
 * @throws BENTO_CONFIG_INVALID, BENTO_UNAVAILABLE
 */
export async function openRegistryTokens(where: RegistryData = {}): Promise<RegistryTokens> {
  const database = await openDatabaseOf(await openDataFolder(where), where);
  return { ...createTokens(database), [Symbol.asyncDispose]: () => database.close() };
}

/** What the registry signs URLs with: the same after a restart, so that transfers go on. */
export async function secretOf(folder: string): Promise<Uint8Array> {
  const path = join(folder, "secret");
  const known = await readFile(path).catch(() => undefined);
  if (known?.byteLength === secretBytes) return known;
  const secret = randomBytes(secretBytes);
  const staged = `${path}.${secret.subarray(0, 4).toString("hex")}`;
  await using file = await open(staged, "wx", 0o600);
  await file.writeFile(secret);
  await file.sync();
  await rename(staged, path);
  return secret;
}

const secretBytes = 32;
