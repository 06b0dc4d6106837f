import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the hub is: `HF_ENDPOINT`, else the public one; without a slash at its end. @throws BENTO_CONFIG_INVALID for what is no URL of one */
export function hubEndpoint(env: Environment): URL {
  const text = env["HF_ENDPOINT"] || "https://huggingface.co";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && [url.username, url.password, url.search, url.hash].every((part) => part === "");
  if (isPlain && /^https?:$/.test(url.protocol)) return url;
  throw new BentoError("BENTO_CONFIG_INVALID", "HF_ENDPOINT is no URL of a Hugging Face hub.", {
    hint: 'Set it to one such as "https://huggingface.co", without user, password or query, or remove it.',
  });
}

/**
 * The token of who asks: `HF_TOKEN`, else what `hf auth login` saved.
 * @throws BENTO_CONFIG_INVALID for one that no header can carry, without quoting it
 */
export async function hubToken(env: Environment): Promise<string | undefined> {
  if (isSet(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) return undefined;
  const token = (env["HF_TOKEN"] || env["HUGGING_FACE_HUB_TOKEN"] || (await savedToken(env))).trim();
  if (/^[\x21-\x7e]*$/.test(token)) return token === "" ? undefined : token;
  throw new BentoError("BENTO_CONFIG_INVALID", "The token of the Hugging Face hub has characters that no header can carry.", {
    hint: "Set HF_TOKEN to the token alone, or log in anew with `hf auth login`.",
  });
}

/** What the hub's own programs take for yes. */
export function isSet(text: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(text ?? "");
}

async function savedToken(env: Environment): Promise<string> {
  const home = env["HF_HOME"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "huggingface");
  const path = (env["HF_TOKEN_PATH"] || join(home, "token")).replace(/^~(?=$|[/\\])/, homedir());
  // None that can be read is none.
  return readFile(path, "utf8").catch(() => "");
}
