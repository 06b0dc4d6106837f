import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { BentoError } from "@bento/core";
import { isErrno } from "../../../disk/store-failure.js";
import { type ConfigText, isLike, readSshConfig, type SshConfig } from "./ssh-config.js";

/** Of all users of this machine. */
const systemConfig = "/etc/ssh/ssh_config";

/** What the files of configuration of this user, then those of the machine, say about a host. */
export function configOf(
  host: string,
  who: { readonly user: string | undefined; readonly localUser: string; readonly home: string },
): SshConfig {
  const texts = textsOf([join(who.home, ".ssh", "config"), systemConfig]);
  const include = (pattern: string): readonly ConfigText[] => included(pattern, who.home);
  return readSshConfig(texts, { host, user: who.user, localUser: who.localUser, include });
}

/** A file's text; `undefined` if it is not there. @throws BENTO_CONFIG_INVALID for one that cannot be read */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (isErrno(cause, "ENOENT", "ENOTDIR")) return undefined;
    throw new BentoError("BENTO_CONFIG_INVALID", `${JSON.stringify(file)} cannot be read.`, { cause });
  }
}

/** Files that an `Include` names: relative to `~/.ssh`, wildcards in the last part. */
function included(pattern: string, home: string): readonly ConfigText[] {
  const path = resolve(join(home, ".ssh"), pattern.replace(/^~(?=\/)/, home));
  return textsOf(/[*?]/.test(path) ? listed(path) : [path]);
}

function listed(pattern: string): readonly string[] {
  const folder = dirname(pattern);
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith(".") && isLike(name, basename(pattern)));
    return names.toSorted().map((name) => join(folder, name));
  } catch (cause) {
    if (isErrno(cause, "ENOENT", "ENOTDIR")) return [];
    throw new BentoError("BENTO_CONFIG_INVALID", `${JSON.stringify(folder)} cannot be read.`, { cause });
  }
}

function textsOf(files: readonly string[]): readonly ConfigText[] {
  return files.flatMap((file) => {
    const text = textOf(file);
    return text === undefined ? [] : [{ file, text }];
  });
}
