import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

/** Bodies as they were kept. */
export interface RecordedBody {
  readonly json?: unknown;
  readonly text?: string;
  readonly size?: number;
  readonly sha256?: string;
  /** The sender stopped before its end. */
  readonly incomplete?: boolean;
}

export interface RecordedExchange {
  readonly n: number;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: RecordedBody | null;
  };
  readonly response: { readonly status: number | null; readonly body: RecordedBody | null; readonly aborted?: string };
}

/** Status of every version by its tag. */
export interface RecordedRemote {
  readonly models: Readonly<Record<string, string>>;
  readonly bentos: Readonly<Record<string, string>>;
}

export interface RecordedStep {
  /** What was changed in the meantime; then there is nothing else. */
  readonly between?: string;
  readonly exit_code?: number;
  /** Several steps ran together. */
  readonly at_the_same_time?: boolean;
  /** The first and the last. */
  readonly requests?: readonly [number, number] | readonly [];
  readonly after?: { readonly remote: RecordedRemote };
}

export interface RecordedScenario {
  readonly name: string;
  readonly strategy: "proxy" | "undecided" | "presigned" | "multipart";
  readonly faults: readonly string[];
  readonly before: { readonly remote: RecordedRemote };
  readonly steps: readonly RecordedStep[];
  readonly requests_sent: readonly RecordedExchange[];
}

/** What Python's client and a registry said to each other. */
export interface Recordings {
  readonly scenarios: readonly RecordedScenario[];
  /** What stands in answers as `<manifest NAME:VERSION>`. */
  readonly manifests: Readonly<Record<string, unknown>>;
  /** Tars in base64, by their SHA-256. */
  readonly archives: Readonly<Record<string, string>>;
}

const file = new URL("../../../../test/fixtures/registry/python-1.4.39.json.gz", import.meta.url);

/** Reads the recordings. */
export async function readRecordings(): Promise<Recordings> {
  return JSON.parse(gunzipSync(await readFile(file)).toString("utf8")) as Recordings;
}
