import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../fixtures/registry/", import.meta.url);

/** What travelled as the body of a recorded message. */
export type RecordedBody =
  | null
  | { readonly json: unknown }
  | { readonly text: string }
  | { readonly size: number; readonly sha256: string; readonly incomplete?: boolean };

/** One request that Python's client sent, and what it was answered. */
export interface RecordedExchange {
  readonly n: number;
  readonly request: { readonly method: string; readonly path: string; readonly query: string; readonly body: RecordedBody };
  readonly response: {
    readonly status: number | null;
    readonly headers?: readonly (readonly [name: string, value: string])[];
    readonly body?: RecordedBody;
    readonly aborted?: string;
  };
}

/** One command that was run. */
export interface RecordedStep {
  readonly command: readonly string[];
  readonly exit_code: number;
  /** The first and the last of its requests; empty where it sent none. */
  readonly requests: readonly number[];
  readonly at_the_same_time?: boolean;
}

/** What was recorded under one name. */
export interface Scenario {
  readonly name: string;
  readonly before: { readonly local: Readonly<Record<"models" | "bentos", readonly string[]>> };
  readonly steps: readonly (RecordedStep | { readonly between: string } | { readonly python: string })[];
}

const { scenarios } = JSON.parse(text("scenarios.json")) as { readonly scenarios: readonly Scenario[] };
const manifests = JSON.parse(text("manifests.json")) as Readonly<Record<string, unknown>>;

/** A scenario by its name. */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no scenario ${name}.`);
  return found;
}

/** The commands of a scenario, in order. */
export function commandsOf({ steps }: Scenario): readonly RecordedStep[] {
  return steps.filter((step): step is RecordedStep => "command" in step);
}

/** What a scenario's placeholders stand for in a test. */
export interface Placeholders {
  readonly host: string;
  readonly token: string;
}

/** The exchanges of a scenario, in the order in which they were recorded. */
export function exchangesOf(name: string, { host, token }: Placeholders): readonly RecordedExchange[] {
  const filled = text(`${name}.jsonl`)
    .replaceAll(/"(<manifest [^"]+>)"/g, (_, key: string) => JSON.stringify(manifests[key]))
    .replaceAll("<host>", host)
    .replaceAll("<token>", token)
    .replaceAll(/<(upload-id[-0-9]*|expires|signature|code)>/g, "$1");
  return filled
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedExchange);
}

/** Unpacks the home that Python's client worked in, with these items in it alone. */
export function unpackHome(into: string, { models, bentos }: Scenario["before"]["local"]): void {
  const folders = [...models.map((tag) => `models/${tag.replace(":", "/")}`), ...bentos.map((tag) => `bentos/${tag.replace(":", "/")}`)];
  if (folders.length === 0) return;
  execFileSync("tar", ["-xzf", fileURLToPath(new URL("home.tar.gz", folder)), "-C", into, ...folders]);
}

/** Unpacks all archives that travelled, as `<sha256>.tar`. */
export function unpackArchives(into: string): void {
  execFileSync("tar", ["-xzf", fileURLToPath(new URL("archives.tar.gz", folder)), "-C", into]);
}

function text(name: string): string {
  return readFileSync(new URL(name, folder), "utf8");
}
