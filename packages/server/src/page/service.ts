import { type BentoError, fromErrorResponse, type JsonSchema } from "@bento/core";

import { isRecord, listOf, textOf } from "./schema.js";

/** One endpoint, as the page shows it. */
export interface Endpoint {
  readonly name: string;
  /** What it is called in a program. */
  readonly member: string;
  readonly route: string;
  /** Names that stand in its path. */
  readonly params: readonly string[];
  readonly doc: string | undefined;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** Whether the input is one value, not an object of named ones. */
  readonly isRoot: boolean;
  readonly isStream: boolean;
}

/** A service, as the page shows it. */
export interface Service {
  readonly name: string;
  readonly description: string | undefined;
  readonly endpoints: readonly Endpoint[];
}

/** Where the service is, and who asks. */
export interface Session {
  /** What routes are relative to. */
  readonly root: URL;
  /** A token, or all that the header `authorization` shall say. Kept nowhere but here. */
  token: string;
}

/** The address of a path of the service. */
export function addressOf({ root }: Session, path: string): string {
  return new URL(`.${path}`, root).href;
}

/** The header that says who asks. */
export function credentials({ token }: Session): Readonly<Record<string, string>> {
  if (token === "") return {};
  return { authorization: token.includes(" ") ? token : `Bearer ${token}` };
}

/** Asks the service what it offers. @throws BentoError with what it answered */
export async function loadService(session: Session): Promise<Service> {
  const response = await fetch(addressOf(session, "/schema.json"), { headers: credentials(session) });
  const text = await response.text();
  if (!response.ok) throw fromErrorResponse(response.status, text) satisfies BentoError;
  const document: unknown = JSON.parse(text);
  const { name, description, routes } = isRecord(document) ? document : {};
  return {
    name: textOf(name) ?? "service",
    description: textOf(description),
    endpoints: listOf(routes).filter(isRecord).map(endpointOf),
  };
}

function endpointOf(route: JsonSchema): Endpoint {
  const name = textOf(route["name"]) ?? "";
  const path = textOf(route["route"]) ?? "/";
  const input = isRecord(route["input"]) ? route["input"] : {};
  const output = isRecord(route["output"]) ? route["output"] : {};
  return {
    name,
    member: textOf(route["member"]) ?? name,
    route: path,
    params: Array.from(path.matchAll(/\{(\w+)\}/g), ([, param = ""]) => param),
    doc: textOf(route["doc"]),
    input,
    output,
    isRoot: input["root_input"] === true,
    isStream: output["is_stream"] === true,
  };
}
