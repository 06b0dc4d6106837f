import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { BentoError } from "@bento/core";
import { cacheFailure } from "./hub-failures.js";

/** Where a model of the hub is asked for, and where it is kept. What is left out says the environment, as it does for Python's `huggingface_hub`. */
export interface HubOptions {
  /** URL of the hub. @default `HF_ENDPOINT`, else `https://huggingface.co` */
  readonly endpoint?: string | undefined;
  /**
   * The token, or `false` for none. By default it is `HF_TOKEN`, else what `hf auth login` saved. These two go to
   * `HF_ENDPOINT` and to `https://huggingface.co`, and not to an endpoint that only `endpoint` names.
   */
  readonly token?: string | false | undefined;
  /** Folder of the cache. @default `BENTOML_HF_CACHE_DIR`, `HF_HUB_CACHE`, `$HF_HOME/hub`, else `~/.cache/huggingface/hub` */
  readonly cache?: string | undefined;
  /** Whether to do with what the cache holds, without a call. @default `HF_HUB_OFFLINE` */
  readonly offline?: boolean | undefined;
  /** @default `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** {@link HubOptions}, with nothing left to be decided. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Absolute. */
  readonly cache: string;
  readonly isOffline: boolean;
  /** Whether snapshots hold links; else they hold copies. */
  readonly hasLinks: boolean;
  /** Reads it when it is needed first, and never before. */
  readonly readToken: () => Promise<string | undefined>;
}

/** The public hub. */
export const defaultEndpoint = "https://huggingface.co";

/** What options and environment say together. @throws BENTO_CONFIG_INVALID for an endpoint that is no URL */
export function hubSettings(options: HubOptions): HubSettings {
  const env = options.env ?? process.env;
  const usual = endpointOf(given(env["HF_ENDPOINT"]) ?? defaultEndpoint);
  const endpoint = options.endpoint === undefined ? usual : endpointOf(options.endpoint);
  const home = pathOf(env["HF_HOME"], env) ?? join(pathOf(env["XDG_CACHE_HOME"], env) ?? join(homedir(), ".cache"), "huggingface");
  const cache =
    options.cache ??
    pathOf(env["BENTOML_HF_CACHE_DIR"], env) ??
    pathOf(env["HF_HUB_CACHE"], env) ??
    pathOf(env["HUGGINGFACE_HUB_CACHE"], env) ??
    join(home, "hub");
  const isTrusted = [usual, defaultEndpoint].some((known) => new URL(known).origin === new URL(endpoint).origin);
  const readToken = async (): Promise<string | undefined> => {
    if (options.token !== undefined) return options.token === false ? undefined : checkToken(options.token, "The option token");
    if (!isTrusted || isYes(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) return undefined;
    return usualToken(env, home);
  };
  let token: Promise<string | undefined> | undefined;
  return {
    endpoint,
    cache: resolve(cache),
    isOffline: options.offline ?? (isYes(env["HF_HUB_OFFLINE"]) || isYes(env["TRANSFORMERS_OFFLINE"])),
    hasLinks: !isYes(env["HF_HUB_DISABLE_SYMLINKS"]),
    readToken: () => (token ??= readToken()),
  };
}

/** The token of the environment, else of the file that logging in writes. */
async function usualToken(env: Readonly<Record<string, string | undefined>>, home: string): Promise<string | undefined> {
  const token = clean(env["HF_TOKEN"]) ?? clean(env["HUGGING_FACE_HUB_TOKEN"]);
  if (token !== undefined) return checkToken(token, "HF_TOKEN");
  const path = pathOf(env["HF_TOKEN_PATH"], env) ?? join(home, "token");
  try {
    const saved = clean(await readFile(path, "utf8"));
    return saved === undefined ? undefined : checkToken(saved, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cacheFailure(error, "read", path);
  }
}

/** A token that no header can carry would be quoted by the error of whoever tries; this one does not quote it. */
function checkToken(token: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new BentoError(
    "BENTO_CONFIG_INVALID",
    `${where} holds no token of the Hugging Face hub: it has characters that no header can carry.`,
    {
      hint: "Set HF_TOKEN to the token alone, or log in anew with `hf auth login`.",
    },
  );
}

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === ""
  ) {
    return url.href.replace(/\/+$/, "");
  }
  throw new BentoError("BENTO_CONFIG_INVALID", `The endpoint ${JSON.stringify(text)} is no URL of a Hugging Face hub.`, {
    hint: `Give one such as ${JSON.stringify(defaultEndpoint)}, without user, password or query, or leave it and HF_ENDPOINT out.`,
  });
}

/** As Python expands it: `~`, `$NAME` and `${NAME}`; a name that is not set stays as it is. */
function pathOf(text: string | undefined, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = given(text)?.replace(/^~(?=$|[/\\])/, homedir());
  return home?.replaceAll(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, name?: string, braced?: string) => env[name ?? braced ?? ""] ?? whole);
}

function clean(token: string | undefined): string | undefined {
  return given(token?.replaceAll(/[\r\n]/g, "").trim());
}

function given(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function isYes(text: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(text ?? "");
}
