import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The home that BENTOML_HOME names, else `~/bentoml`.
 *
 * `$VAR`, `${VAR}` and a leading `~` are replaced again and again until nothing changes; a variable that is not set
 * stays as it is written. A relative value stays relative to the current directory, also when that changes.
 * @source BentoML configuration `expand_env_var`, `bentoml_home`; differs: a value that grows for ever (`A='$A$A'`) ends after 32 rounds.
 */
export function resolveHome(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const value = env.BENTOML_HOME;
  return value === undefined || value === "" ? join(userFolder(env), "bentoml") : expandVariables(value, env);
}

const maxRounds = 32;

/** Replaces variables and a leading `~` in a path until it is stable. */
export function expandVariables(value: string, env: Readonly<Record<string, string | undefined>>): string {
  let expanded = value;
  for (let round = 0; round < maxRounds; round += 1) {
    const next = expandOnce(expanded, env);
    if (next === expanded) break;
    expanded = next;
  }
  return expanded;
}

function expandOnce(value: string, env: Readonly<Record<string, string | undefined>>): string {
  const home = value === "~" || value.startsWith("~/") ? userFolder(env) + value.slice(1) : value;
  return home.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (written, plain?: string, braced?: string) => env[plain ?? braced ?? ""] ?? written);
}

function userFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env.HOME === undefined || env.HOME === "" ? homedir() : env.HOME;
}
