import { BentoError } from "@bento/core";
import { urlOf } from "./reference.js";

/** How a registry wants to be told who asks. */
export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: URL; readonly service: string | undefined; readonly scope: string | undefined };

const parameter = /([a-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

/**
 * Reads a `WWW-Authenticate`, and refuses a place for tokens that is not the registry's own: who runs a registry, or
 * stands before it, must not have passwords sent to wherever they like, nor requests to addresses that only this machine reaches.
 * @param origin of the registry
 * @param allowed hosts that may give tokens besides
 * @throws BENTO_REGISTRY_FAILED
 */
export function parseChallenge(header: string, origin: string, allowed: readonly string[] = []): Challenge {
  const scheme = /^\s*([a-z]+)/i.exec(header)?.[1]?.toLowerCase();
  if (scheme === "basic") return { scheme };
  const values = new Map(
    Array.from(header.matchAll(parameter), ([, name = "", quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? ""]),
  );
  const realm = urlOf(values.get("realm") ?? "");
  if (scheme !== "bearer" || realm === undefined) throw refused(origin, "it asks for credentials in a way that is not known here");
  const why = realmProblem(realm, new URL(origin), allowed);
  if (why === undefined) return { scheme, realm, service: values.get("service"), scope: values.get("scope") };
  throw refused(origin, `it sends those who ask for tokens to ${JSON.stringify(realm.origin)}, ${why}`);
}

/** Why tokens cannot be had there, if they cannot. */
function realmProblem(realm: URL, registry: URL, allowed: readonly string[]): string | undefined {
  if (realm.username !== "" || realm.password !== "") return "with credentials in the URL";
  const isSameHost = realm.hostname === registry.hostname;
  if (realm.protocol !== "https:" && !(isSameHost && realm.protocol === registry.protocol)) return "which is not encrypted";
  if (isSameHost || allowed.includes(realm.host) || areSiblings(realm.hostname, registry.hostname)) return undefined;
  return "which is another's: name its host in `realms`, or BENTO_OCI_REALMS, if it is right";
}

/** Whether two hosts are of one owner, as `auth.docker.io` and `registry-1.docker.io` are. Addresses and the names of countries have none. */
function areSiblings(a: string, b: string): boolean {
  const isAddress = (host: string): boolean => host.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(host);
  if (isAddress(a) || isAddress(b)) return false;
  const owner = b.split(".").slice(-2);
  // Below `co.uk`, `com.au` or `github.io` anybody can have a name.
  if (owner.length < 2 || (owner[1]?.length === 2 && owner.join(".") !== "docker.io") || shared.has(owner.join("."))) return false;
  return b.split(".").length > 2 && (a === owner.join(".") || a.endsWith(`.${owner.join(".")}`));
}

const shared: ReadonlySet<string> = new Set([
  "amazonaws.com",
  "azurewebsites.net",
  "cloudfront.net",
  "googleapis.com",
  "herokuapp.com",
  "pages.dev",
  "vercel.app",
  "workers.dev",
  "run.app",
]);

function refused(origin: string, why: string): BentoError {
  return new BentoError("BENTO_REGISTRY_FAILED", `${JSON.stringify(origin)} is not told who asks: ${why}.`);
}
