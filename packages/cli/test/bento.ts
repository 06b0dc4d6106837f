import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const storeFixtures = new URL("../../store/test/fixtures/", import.meta.url);

/** What Python's command printed for the same home. */
interface Printed {
  readonly exit: number;
  readonly stdout: string;
}
export interface Expected {
  readonly models: {
    readonly order: readonly string[];
    readonly items: Readonly<
      Record<string, { readonly model_yaml: string; readonly cli: { readonly "get -o json": Printed; readonly "get -o path": string } }>
    >;
    readonly cli: Readonly<Record<"list" | "list -o json" | "list -o yaml", Printed>>;
    readonly cli_list: Readonly<Record<string, Printed>>;
  };
  readonly bentos: {
    readonly items: Readonly<
      Record<string, { readonly path: string; readonly bento_yaml: string; readonly cli: { readonly "get -o json": Printed } }>
    >;
    readonly cli: Readonly<Record<"list" | "list -o json" | "list -o yaml", Printed>>;
    readonly cli_list: Readonly<Record<string, Printed>>;
  };
  readonly tables: { readonly human_readable_size: Readonly<Record<string, string>> };
}
export const expected = JSON.parse(readFileSync(new URL("home.expected.json", storeFixtures), "utf8")) as Expected;

/** A folder of a test's own, gone with it. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "bento-cli-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Unpacks a home that Python wrote, and answers with its folder. */
export function unpackHome(archive: "home" | "home-broken", into: string): string {
  execFileSync("tar", ["-xf", fileURLToPath(new URL(`${archive}.tar`, storeFixtures)), "-C", into]);
  return join(into, archive);
}

/** The command as it is published, built from the present sources, so that a stale build cannot pass. */
export function buildBento(): string {
  const folder = fileURLToPath(new URL("../", import.meta.url));
  execFileSync(process.execPath, [join(folder, "../../scripts/build.mjs")], { stdio: ["ignore", "ignore", "inherit"] });
  return join(folder, "dist", "bin.js");
}

/** Runs the command to its end. */
export async function runBento(bin: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env["PATH"], TZ: "UTC", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, exit] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  return { exit, stdout, stderr };
}
