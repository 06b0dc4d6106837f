import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ArchiveFormat, exportModel, FileModelStore, importModel } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runCommand } from "../support/run-command.js";
import { PythonSession } from "./support/python-session.js";
import { readFolder } from "./support/read-folder.js";
import { ensureS3fs } from "./support/s3fs.js";
import { SeaweedServer, seaweedKeys } from "./support/seaweedfs.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

const formats: readonly ArchiveFormat[] = ["bentomodel", "gz", "zip", "tar", "folder"];
const fixture = fileURLToPath(new URL("../../packages/store/test/fixtures/home.tar", import.meta.url));

let server: SeaweedServer;
let python: PythonSession;
/** The home that Python itself made. */
let source: TemporaryHome;
let tags: readonly string[];
beforeAll(async () => {
  server = await SeaweedServer.start();
  // Both sides find it where AWS's own tools look.
  const environment = {
    AWS_ACCESS_KEY_ID: seaweedKeys.user,
    AWS_SECRET_ACCESS_KEY: seaweedKeys.password,
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_DEFAULT_REGION: "us-east-1",
    PYTHONPATH: await ensureS3fs(),
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const client = new S3Client({ region: "us-east-1", forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: "models" }));
  client.destroy();
  python = await PythonSession.start();
  source = await temporaryHome();
  await runCommand("tar", ["-xf", fixture, "-C", source.path, "--strip-components=1"]);
  // Every seventh will do: what is in them was tried with files.
  tags = (await python.listModels(source.path)).map(({ tag }) => tag).filter((_, index) => index % 7 === 0);
  expect(tags.length).toBeGreaterThan(5);
});
afterAll(async () => {
  await python[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

/** What is in a model's folder, without our manifest and without the modes, which not every way keeps. */
async function contentOf(home: string, tag: string): Promise<Record<string, string>> {
  const content = await readFolder(join(home, "models", tag.replace(":", "/")));
  content.delete(".manifest.json");
  return Object.fromEntries([...content].map(([path, entry]) => [path, entry.kind === "file" ? entry.sha256 : entry.kind]));
}

/** Folders that hold no file, nor does any folder in them. */
function emptyFolders(content: Readonly<Record<string, string>>): readonly string[] {
  const files = Object.keys(content).filter((path) => content[path] !== "folder");
  return Object.keys(content).filter((path) => content[path] === "folder" && !files.some((file) => file.startsWith(`${path}/`)));
}

describe.each(formats)("%s", (format) => {
  const urlOf = (tag: string): string => `s3://models/${format}/${tag.replace(":", "-")}${format === "folder" ? "" : `.${format}`}`;

  test("Python imports from S3 what we export there", async () => {
    await using target = await temporaryHome();
    const store = new FileModelStore(source.path);
    for (const tag of tags) {
      expect(await exportModel(tag, urlOf(tag), { store, format })).toBe(urlOf(tag));
      const content = await contentOf(source.path, tag);
      if (format === "folder" && Object.values(content).includes("folder")) {
        // Its cache takes a folder in a folder for a file: it cannot even read what it has written itself.
        const own = urlOf(`own-${tag}`);
        await python.exportModel(source.path, tag, own, format);
        for (const url of [own, urlOf(tag)])
          await expect(python.importModel(target.path, url, format)).rejects.toThrow("key does not exist");
      } else {
        expect(await python.importModel(target.path, urlOf(tag), format)).toBe(tag);
        expect(await contentOf(target.path, tag), tag).toEqual(content);
      }
    }
  });

  test("we import from S3 what Python exports there", async () => {
    await using target = await temporaryHome();
    const store = new FileModelStore(target.path);
    for (const tag of tags) {
      const url = urlOf(`by-python-${tag}`);
      await python.exportModel(source.path, tag, url, format);
      expect(String((await importModel(url, { store, format })).tag)).toBe(tag);
      const theirs = await contentOf(source.path, tag);
      // Python keeps no empty folders in a bucket.
      if (format === "folder") for (const path of emptyFolders(theirs)) delete theirs[path];
      expect(await contentOf(target.path, tag), tag).toEqual(theirs);
      const yaml = (home: string): Promise<Buffer> => readFile(join(home, "models", tag.replace(":", "/"), "model.yaml"));
      expect(await yaml(target.path)).toEqual(await yaml(source.path));
    }
  });
});
