import { readFileSync } from "node:fs";
import { PlainDate } from "../src/model/plain-date.js";
import { makeList, makeMap, WholeFloat } from "../src/pyyaml/containers.js";

/** A fixture of this folder. */
export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8"));
}

/** What Python answered of its own models and of single questions. */
export interface HomeExpectations {
  readonly models: { readonly items: Readonly<Record<string, ExpectedModel>> };
  readonly tables: {
    readonly yaml_scalars: readonly { text: string; value?: unknown; error?: unknown }[];
    readonly yaml_dumps: readonly { value: unknown; yaml: string; "in list"?: string | null; "as key"?: string }[];
    readonly create: readonly { input: { name: string; labels?: unknown; metadata?: unknown }; error?: unknown; model_yaml?: string }[];
  };
}

export interface ExpectedModel {
  readonly tag: string;
  readonly module: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly api_version: string;
  readonly creation_time: string;
  readonly model_yaml: string;
  readonly canonical: boolean;
  readonly dumped_yaml?: string;
}

export const home = readFixture("home.expected.json") as HomeExpectations;

/** A value that the fixtures wrote with `$type` where JSON has no type for it. */
export function typed(value: unknown): unknown {
  if (Array.isArray(value)) return makeList(value.map(typed));
  if (typeof value !== "object" || value === null) return value;
  const given = value as { $type?: string; value: string; base64: string; entries: [unknown, unknown][] };
  switch (given.$type) {
    case undefined:
      return makeMap(Object.keys(value), Object.values(value).map(typed));
    case "int":
      return BigInt(given.value);
    case "float":
      return floatOf(given.value);
    case "bytes":
      return new Uint8Array(Buffer.from(given.base64, "base64"));
    case "date":
      return PlainDate.parse(given.value);
    case "datetime":
      return new Date(/[+-]\d\d:\d\d$/.test(given.value) ? given.value : `${given.value}Z`);
    case "map":
      return makeMap(
        given.entries.map(([key]) => typed(key)),
        given.entries.map(([, item]) => typed(item)),
      );
    default:
      throw new Error(`no value of type ${given.$type}`);
  }
}

function floatOf(text: string): unknown {
  const number = { inf: Infinity, "-inf": -Infinity, nan: Number.NaN }[text] ?? Number(text);
  return Number.isSafeInteger(number) && !Object.is(number, -0) ? new WholeFloat(number) : number;
}
