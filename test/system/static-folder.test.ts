import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { runCommand } from "../support/run-command.js";
import { type RunningProgram, startProgram } from "../support/running-program.js";
import { workspaceRoot } from "../support/workspace.js";
import { bentoOnPath } from "./support/bento-command.js";
import { type DockerRegistry, startDockerRegistry } from "./support/docker-registry.js";
import { readFolder } from "./support/read-folder.js";

let folder: string;
let path: string;
let server: RunningProgram;
let oci: DockerRegistry;
let endpoint: string;

/** Runs the command in a home of its own. */
async function bento(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await runCommand("bento", ["--home", join(folder, home), ...args], {
    env: { PATH: path, DOCKER_CONFIG: "/nonexistent", ...env },
  });
  return stdout;
}

const contentOf = async (home: string, tag: string): Promise<object> =>
  Object.fromEntries(await readFolder(join(folder, home, "models", tag.replace(":", "/"))));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-static-system-"));
  path = await bentoOnPath(folder);
  await new FileModelStore(join(folder, "source")).create("clf:v1", async (draft) => {
    await draft.write("weights.bin", Buffer.alloc(20_000_000, 3));
    await draft.write("run.sh", "#!/bin/sh\n", { executable: true });
  });
  const port = await freePort();
  endpoint = `static+http://127.0.0.1:${port}`;
  await bento("source", ["registry", "export-static", "--out", join(folder, "public")]);
  // It knows no ranges, and of nothing but files.
  const args = ["-m", "http.server", "--bind", "127.0.0.1", "--directory", join(folder, "public"), String(port)];
  server = await startProgram({
    file: "python3",
    args,
    cwd: folder,
    readyUrl: `http://127.0.0.1:${port}/bento-registry.json`,
    deadlineMs: 30_000,
  });
  oci = await startDockerRegistry();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await oci[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("a folder that Python's file server gives out is a registry: list and pull with the command alone", async () => {
  const env = { BENTO_CLOUD_API_ENDPOINT: endpoint };
  expect(await bento("target", ["models", "list", "--remote"], env)).toContain("clf:v1");
  expect(await bento("target", ["models", "pull", "clf"], env)).toContain("verified by the registry's digests");
  expect(await contentOf("target", "clf:v1")).toEqual(await contentOf("source", "clf:v1"));
  expect(await bento("target", ["models", "pull", "clf"], env)).toContain("is in the store already");
});

test("a service's model comes from it by itself", async () => {
  const code = `import { BentoModel } from "@bento/sdk"; console.log(String((await new BentoModel("clf").resolve()).tag));`;
  const env = { BENTO_CLOUD_API_ENDPOINT: endpoint, BENTOML_HOME: join(folder, "service") };
  const { stdout } = await runCommand(process.execPath, ["--input-type=module", "-e", code], { cwd: workspaceRoot, env });
  expect(stdout.trim().split("\n").at(-1)).toBe("clf:v1");
  expect(await contentOf("service", "clf:v1")).toEqual(await contentOf("source", "clf:v1"));
});

test("an OCI registry takes a model from the command, and gives it back", async () => {
  const place = `oci://${oci.host}/team/clf:v1`;
  expect(await bento("source", ["models", "push", "clf", place])).toContain("pushed");
  expect(await bento("source", ["models", "push", "clf", place])).toContain("is in the registry already");
  expect(await bento("from-oci", ["models", "pull", place])).toContain("verified by the registry's digests");
  expect(await contentOf("from-oci", "clf:v1")).toEqual(await contentOf("source", "clf:v1"));
});

test("a service's model comes from an OCI registry by itself, if it is the one that its address says", async () => {
  const place = `oci://${oci.host}/service/clf:v1`;
  await bento("source", ["models", "push", "clf", place]);
  await bento("source", ["models", "push", "clf", `oci://${oci.host}/service/other:v1`]);
  const env = { BENTOML_HOME: join(folder, "oci-service"), DOCKER_CONFIG: "/nonexistent" };
  const resolved = async (address: string): Promise<string> => {
    const code = `
      import { BentoModel } from "@bento/sdk";
      await new BentoModel(${JSON.stringify(address)}).resolve().then(({ tag }) => console.log(String(tag)), ({ code }) => console.log(code));`;
    const { stdout } = await runCommand(process.execPath, ["--input-type=module", "-e", code], { cwd: workspaceRoot, env });
    return stdout.trim().split("\n").at(-1) ?? "";
  };
  expect(await resolved(`oci://${oci.host}/service/other:v1`)).toBe("BENTO_INTEGRITY_FAILED");
  expect(await resolved(`oci://${oci.host}/service/absent:v1`)).toBe("BENTO_MODEL_NOT_FOUND");
  expect(await resolved(place)).toBe("clf:v1");
  expect(await contentOf("oci-service", "clf:v1")).toEqual(await contentOf("source", "clf:v1"));
});

test("where signatures are required, a program that asks without waiting is refused what is not signed", async () => {
  const key = join(folder, "key.pem");
  await bento("source", ["models", "create-key", key]);
  const code = `
    import { BentoModel } from "@bento/sdk";
    try { console.log(new BentoModel("clf").info.tag.toString()); } catch (error) { console.log(error.code); }`;
  const env = { BENTO_SIGNATURES: "require", BENTO_TRUSTED_KEYS: `${key}.pub`, BENTOML_HOME: join(folder, "source") };
  const asked = async (): Promise<string> =>
    (await runCommand(process.execPath, ["--input-type=module", "-e", code], { cwd: workspaceRoot, env })).stdout.trim();
  expect(await asked()).toBe("BENTO_SIGNATURE_INVALID");
  await bento("source", ["models", "sign", "clf", "--key", key]);
  expect(await asked()).toBe("clf:v1");
});
