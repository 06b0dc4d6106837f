import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import type { RemoteLocation } from "../../remote.js";
import { checkParameters } from "../shared/parameters.js";
import { configOf } from "./config-files.js";
import type { SshConfig } from "./ssh-config.js";

/** How a server is reached, and who we are there. */
export interface SshSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  /** For keys that are encrypted. */
  readonly passphrase: string | undefined;
  /** A private key itself. */
  readonly key: string | undefined;
  /** Files of keys that were asked for by name: each must be there. */
  readonly namedFiles: readonly string[];
  /** Files of keys that may be there. */
  readonly usualFiles: readonly string[];
  /** Socket of an agent. */
  readonly agent: string | undefined;
  /** Whether no other keys of the agent are offered than those of the files. */
  readonly identitiesOnly: boolean;
  /** The name that keys of hosts are kept under. */
  readonly hostKeyName: string;
  /** Fingerprint that the server's key must have: then nothing else is asked. */
  readonly hostKey: string | undefined;
  /** Files of known hosts, those of this user first. */
  readonly knownHosts: readonly string[];
  /** Whether a server that nobody knows is trusted the first time, and remembered. */
  readonly acceptNew: boolean;
}

/** Parameters of the URL that are known. */
const parameters = ["identityFile", "key", "passphrase", "hostKey"] as const;
/** @source ssh_config(5) IdentityFile, of which DSA and keys of hardware are left out */
const usualNames = ["id_ed25519", "id_ecdsa", "id_rsa"];
/** Ways to a server that lead through another one or a command: they would be passed over in silence. */
const unsupported: readonly (readonly [keyword: string, name: string])[] = [
  ["proxyjump", "ProxyJump"],
  ["proxycommand", "ProxyCommand"],
];

/**
 * Puts together what the location, the environment (`SSH_AUTH_SOCK`, `BENTO_SSH_PASSPHRASE`) and `~/.ssh/config` say, in this order.
 * @throws BENTO_BAD_REQUEST, BENTO_CONFIG_INVALID
 */
export function settingsOf(location: RemoteLocation, env: NodeJS.ProcessEnv): SshSettings {
  const { params, secrets } = location;
  checkSaid(location);
  const home = env["HOME"] ?? homedir();
  const localUser = userInfo().username;
  const config = configOf(location.host, { user: location.user, localUser, home });
  checkSupported(config, location);
  const word = (keyword: string): string | undefined => config.values.get(keyword)?.[0];
  const host = (word("hostname") ?? location.host).replaceAll("%h", location.host).replaceAll("%%", "%");
  const port = location.port ?? portOf(word("port"));
  const user = location.user ?? word("user") ?? localUser;
  const expand = (path: string): string => expanded(path, { host, port, user, home, localUser, given: location.host }, env);
  const passphrase = params["passphrase"] ?? env["BENTO_SSH_PASSPHRASE"];
  for (const secret of [passphrase, params["key"]]) secrets.add(secret);
  return {
    host,
    port,
    user,
    password: location.password,
    passphrase,
    key: params["key"],
    namedFiles: params["identityFile"] === undefined ? [] : [expand(params["identityFile"])],
    usualFiles: keyFiles(config, home).map(expand),
    agent: agentOf(word("identityagent"), env, expand),
    identitiesOnly: word("identitiesonly")?.toLowerCase() === "yes",
    hostKeyName: word("hostkeyalias") ?? host,
    hostKey: params["hostKey"],
    knownHosts: [
      ...(config.values.get("userknownhostsfile") ?? [join(home, ".ssh", "known_hosts"), join(home, ".ssh", "known_hosts2")]),
      ...(config.values.get("globalknownhostsfile") ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]),
    ]
      .filter((file) => file.toLowerCase() !== "none")
      .map(expand),
    acceptNew: ["accept-new", "no", "off"].includes(word("stricthostkeychecking")?.toLowerCase() ?? ""),
  };
}

function keyFiles(config: SshConfig, home: string): readonly string[] {
  if (config.identityFiles.length > 0) return config.identityFiles.filter((file) => file.toLowerCase() !== "none");
  return usualNames.map((name) => join(home, ".ssh", name));
}

function agentOf(configured: string | undefined, env: NodeJS.ProcessEnv, expand: (path: string) => string): string | undefined {
  if (configured === undefined || configured === "SSH_AUTH_SOCK") return env["SSH_AUTH_SOCK"] || undefined;
  if (configured.toLowerCase() === "none") return undefined;
  return configured.startsWith("$") && !configured.startsWith("${") ? env[configured.slice(1)] : expand(configured);
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 22;
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65_536) return port;
  throw new BentoError("BENTO_CONFIG_INVALID", `The port ${JSON.stringify(text)} of ~/.ssh/config is none.`);
}

interface Names {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly home: string;
  readonly localUser: string;
  readonly given: string;
}

/** `~`, `${NAME}` of the environment and the tokens that stand for names. @source ssh_config(5) TOKENS */
function expanded(path: string, names: Names, env: NodeJS.ProcessEnv): string {
  const { host, port, user, home, localUser, given } = names;
  const tokens: Readonly<Record<string, string>> = { "%": "%", d: home, h: host, n: given, p: String(port), r: user, u: localUser };
  return path
    .replace(/^~(?=\/|$)/, home)
    .replaceAll(/\$\{([^}]*)\}/g, (whole, name: string) => env[name] ?? whole)
    .replaceAll(/%(.)/g, (whole, token: string) => tokens[token] ?? whole);
}

function checkSaid(location: RemoteLocation): void {
  checkParameters(location, parameters, " The rest belongs into ~/.ssh/config.");
  const { hostKey } = location.params;
  if (hostKey !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(hostKey)) {
    throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(hostKey)} is no fingerprint of a host's key.`, {
      hint: "It looks like SHA256:... with 43 characters, as ssh-keygen -lf shows it; + is written %2B in a URL.",
    });
  }
}

function checkSupported({ values }: SshConfig, { host }: RemoteLocation): void {
  for (const [keyword, name] of unsupported) {
    const value = values.get(keyword)?.[0];
    if (value === undefined || value.toLowerCase() === "none") continue;
    throw new BentoError("BENTO_CONFIG_INVALID", `~/.ssh/config reaches ${JSON.stringify(host)} through ${name}, which is not supported.`, {
      hint: `Open a tunnel with ssh -L, and name its end; or write "${name} none" for this host if it can be reached directly.`,
    });
  }
}
