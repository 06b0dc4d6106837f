import { BentoError } from "@bento/core";
import type { RemoteLocation } from "../../remote.js";
import { booleanParameter, knownParameters } from "../shared/parameters.js";

/** Who asks: somebody with the account's key, with a signature for some of it, with an identity, or nobody. */
type Credential =
  | { readonly kind: "key"; readonly account: string; readonly key: string }
  | { readonly kind: "sas"; readonly sas: string }
  | { readonly kind: "identity" }
  | { readonly kind: "anonymous" };

/** Where a container is, and who asks. */
export interface Account {
  /** Of the service, without a `/` at its end. */
  readonly endpoint: string;
  readonly container: string;
  readonly credential: Credential;
}

/** The variables that Azure's own tools read. */
export type AzureEnvironment = Readonly<Record<string, string | undefined>>;

/** What the emulators know. @source Azure: well-known storage account and key */
const emulator =
  "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1";

/** What may be said, and the words for it: ours, and those of Python's adlfs. */
const words = {
  account: ["account", "account_name"],
  key: ["account_key"],
  sas: ["sas", "sas_token"],
  endpoint: ["endpoint"],
  anonymous: ["anonymous", "anon"],
} as const;
const ours: ReadonlySet<string> = new Set(Object.values(words).flat());

/**
 * What a location and the environment say of an account: what the location says counts first, and what the environment
 * holds is for the account that it names. All that is secret is remembered as such.
 * @throws BENTO_BAD_REQUEST, BENTO_CONFIG_INVALID
 */
export function accountOf(location: RemoteLocation, environment: AzureEnvironment): Account {
  const { host: container, secrets, protocol } = location;
  if (!/^(\$root|\$web|\$logs|[a-z0-9](-?[a-z0-9]){2,62})$/.test(container) || location.port !== undefined) {
    throw bad(
      `${JSON.stringify(container)} is no container.`,
      `Write ${protocol}://container/path; the account is user or params.account.`,
    );
  }
  for (const name of ["AZURE_STORAGE_KEY", "AZURE_STORAGE_CONNECTION_STRING"]) secrets.add(environment[name]);
  const { pasted, ...said } = saidBy(location);
  const given = location.user ?? said.account;
  const connection = connectionOf(environment["AZURE_STORAGE_CONNECTION_STRING"]);
  secrets.add(connection["AccountKey"]);
  for (const sas of [environment["AZURE_STORAGE_SAS_TOKEN"], connection["SharedAccessSignature"]]) rememberSas(sas, location);
  const theirs = environment["AZURE_STORAGE_ACCOUNT"] ?? connection["AccountName"];
  const account = given ?? theirs;
  // What belongs to one account is not sent to another.
  const isTheirs = account === undefined || theirs === undefined || account === theirs;
  // A signature is sent as it is: to no other place than Azure, unless the location itself has it.
  const isFound = isTheirs && said.endpoint === undefined;
  const sas = said.sas ?? pasted ?? (isFound ? sasOf(environment, connection) : undefined);
  rememberSas(sas, location);
  const key = location.password ?? said.key ?? (isTheirs ? (environment["AZURE_STORAGE_KEY"] ?? connection["AccountKey"]) : undefined);
  const endpoint = endpointOf({ given: said.endpoint, account, connection: isTheirs ? connection : {} });
  const isSigned = said.sas !== undefined || pasted !== undefined;
  if (booleanParameter("anonymous", said.anonymous)) return { endpoint, container, credential: { kind: "anonymous" } };
  if (key !== undefined && !isSigned) return { endpoint, container, credential: keyOfAccount(key, account) };
  if (sas !== undefined) return { endpoint, container, credential: { kind: "sas", sas: sas.replace(/^\?/, "") } };
  return { endpoint, container, credential: { kind: said.endpoint === undefined ? "identity" : "anonymous" } };
}

function keyOfAccount(key: string, account: string | undefined): Credential {
  if (account === undefined)
    throw bad("A key was given, but no account.", "Give the account's name as user, or set AZURE_STORAGE_ACCOUNT.");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) {
    throw bad(
      "What was given as the account's key is not base64.",
      "Copy it from the account's access keys; a shared access signature goes into params.sas.",
    );
  }
  return { kind: "key", account, key };
}

function sasOf(environment: AzureEnvironment, connection: AzureEnvironment): string | undefined {
  return environment["AZURE_STORAGE_SAS_TOKEN"] ?? connection["SharedAccessSignature"];
}

/** The parameters, of which those that are not ours are a signature that was pasted, where there is a `sig`. */
function saidBy(location: RemoteLocation): Partial<Record<keyof typeof words | "pasted", string>> {
  const { params, secrets } = location;
  if (params["sig"] === undefined) {
    const said = knownParameters(location, words);
    secrets.add(said.key);
    return said;
  }
  const all = Object.entries(params);
  const pasted = new URLSearchParams(all.filter(([name]) => !ours.has(name))).toString();
  return { ...knownParameters({ ...location, params: Object.fromEntries(all.filter(([name]) => ours.has(name))) }, words), pasted };
}

/** A signature is a secret as a whole, and its `sig` alone is one. */
function rememberSas(sas: string | undefined, { secrets }: RemoteLocation): void {
  if (sas === undefined) return;
  secrets.add(sas);
  secrets.add(new URLSearchParams(sas.replace(/^\?/, "")).get("sig") ?? undefined);
  secrets.add(/(?:^|[?&])sig=([^&]*)/.exec(sas)?.[1]);
}

interface EndpointParts {
  readonly given: string | undefined;
  readonly account: string | undefined;
  readonly connection: AzureEnvironment;
}

function endpointOf({ given, account, connection }: EndpointParts): string {
  const text = given ?? connection["BlobEndpoint"];
  if (text === undefined) {
    if (account === undefined)
      throw bad(
        "No storage account was named.",
        "Give it as user or params.account, or set AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING.",
      );
    if (!/^[a-z0-9]{3,24}$/.test(account))
      throw bad(`${JSON.stringify(account)} is no storage account.`, "Its name has 3 to 24 small letters and digits.");
    return `${connection["DefaultEndpointsProtocol"] ?? "https"}://${account}.blob.${connection["EndpointSuffix"] ?? "core.windows.net"}`;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw bad(
      "The endpoint of the storage account is no plain http or https URL.",
      "Write https://host, or http://host:port/account for an emulator.",
    );
  }
  // An emulator has the account in the path, the service in the name of the host.
  const isNamed = /[a-z]/i.test(url.hostname) && url.hostname !== "localhost";
  const path = url.pathname === "/" && !isNamed && account !== undefined ? `/${account}` : url.pathname;
  return (url.origin + path).replace(/\/+$/, "");
}

function connectionOf(text: string | undefined): AzureEnvironment {
  if (text === undefined) return {};
  if (/^UseDevelopmentStorage=true;?$/.test(text)) return connectionOf(emulator);
  const pairs = text.split(";").filter((pair) => pair !== "");
  if (pairs.some((pair) => !pair.includes("="))) {
    throw new BentoError("BENTO_CONFIG_INVALID", "AZURE_STORAGE_CONNECTION_STRING is no connection string.", {
      hint: "Copy it from the account's access keys: Name=value;Name=value.",
    });
  }
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}

function bad(message: string, hint: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", message, { hint });
}
