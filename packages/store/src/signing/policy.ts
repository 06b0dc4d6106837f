import { BentoError } from "@bento/core";
import type { KeyObject } from "node:crypto";

/**
 * A key whose signatures count: a `KeyObject`, PEM text, `ed25519:` and the 32 bytes of the key in base64, or the path of
 * a file that holds one or more of the latter two. Of a private key only the public half is used.
 */
export type TrustedKey = string | KeyObject;

/** Which models a store takes in by import and pull, and gives out by `get`. */
export interface SignaturePolicy {
  /** Whether a model must be signed by one of the keys, and be in every byte what was signed. */
  readonly require: boolean;
  /** At least one where signatures are required. */
  readonly keys?: readonly TrustedKey[] | undefined;
}

/** Environment variables that say which policy stores have that are given none. */
export const policyVariables = { mode: "BENTO_SIGNATURES", keys: "BENTO_TRUSTED_KEYS" } as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The policy of the environment: `BENTO_SIGNATURES=require`, and in `BENTO_TRUSTED_KEYS` the keys, with commas between them.
 * @returns `undefined` where nothing is required
 * @throws BENTO_CONFIG_INVALID for any other value, as a typing mistake must not open the door
 */
export function policyOf(env: Environment = process.env): SignaturePolicy | undefined {
  const mode = env[policyVariables.mode] ?? "";
  if (mode === "") return undefined;
  if (mode === "require") return { require: true, keys: trustedKeysOf(env) };
  throw new BentoError("BENTO_CONFIG_INVALID", `${policyVariables.mode} is ${JSON.stringify(mode)}.`, {
    hint: 'Say "require", or leave it out.',
  });
}

/** The keys that the environment names, whether it requires signatures or not. */
export function trustedKeysOf(env: Environment = process.env): readonly string[] {
  const keys = (env[policyVariables.keys] ?? "").split(",").map((key) => key.trim());
  return keys.filter((key) => key !== "");
}
