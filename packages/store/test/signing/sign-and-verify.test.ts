import { createPublicKey } from "node:crypto";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type ArchiveFormat,
  exportModel,
  FileModelStore,
  importModel,
  MemoryModelStore,
  type ModelStore,
  type StoredModel,
} from "../../src/index.js";
import { createKeyPair, keyIdOf, keyInOneLine, privateKeyIn } from "../../src/signing.js";
import { failureOf } from "../support/failure-of.js";
import { writeFixedModel } from "../support/fixed-model.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** A key pair, in files too. */
async function keys(folder: string, name = "release") {
  const { privateKey, publicKey, keyId } = createKeyPair();
  const file = join(folder, `${name}.pem`);
  await writeFile(file, privateKey, { mode: 0o600 });
  await writeFile(`${file}.pub`, publicKey);
  return { file, publicFile: `${file}.pub`, publicKey, keyId };
}

async function saved(store: ModelStore, tag = "clf:v1"): Promise<StoredModel> {
  return store.create(tag, async (draft) => {
    await draft.write("weights.bin", new Uint8Array([1, 2, 3]));
    await draft.write("deep/labels.json", '["a"]');
  });
}

const kinds: readonly [string, (home: string) => ModelStore][] = [
  ["FileModelStore", (home) => new FileModelStore(home)],
  ["MemoryModelStore", () => new MemoryModelStore()],
];

describe.each(kinds)("%s", (_, open) => {
  test("what is signed verifies as what that key signed, and as nothing of what it is not", async () => {
    await using folder = await temporaryFolder();
    const [ours, theirs] = [await keys(folder.path), await keys(folder.path, "theirs")];
    await using store = open(join(folder.path, "home"));
    const model = await saved(store);
    expect(await model.verify()).not.toHaveProperty("signature");
    expect(await model.verify({ requireSignature: true })).toMatchObject({ status: "ok", signature: { status: "missing" } });
    expect(await model.sign({ key: ours.file })).toBe(ours.keyId);
    expect(await model.verify({ keys: [ours.publicFile] })).toMatchObject({
      status: "ok",
      signature: { status: "trusted", keyId: ours.keyId, reason: undefined },
    });
    expect(await model.verify()).toMatchObject({ status: "ok", signature: { status: "untrusted", keyId: ours.keyId } });
    expect((await model.verify({ keys: [theirs.publicFile] })).signature?.status).toBe("untrusted");
    expect((await model.verify({ keys: [theirs.publicFile, ours.publicFile] })).signature?.status).toBe("trusted");
  });

  test("the signature is hidden, reserved, counted by size, and travels in the tree", async () => {
    await using folder = await temporaryFolder();
    const { file } = await keys(folder.path);
    await using store = open(join(folder.path, "home"));
    const model = await saved(store);
    const before = { files: await model.files(), size: model.size };
    await model.sign({ key: file });
    const signature = await model.read(".signature.json");
    expect(await model.files()).toEqual(before.files);
    expect(model.size).toBe(before.size + signature.length);
    expect((await model.tree().entries()).map(({ path }) => path)).toContain(".signature.json");
    for (const path of [".signature.json", ".SIGNATURE.json/x"]) {
      const writing = store.create("other:v1", (draft) => draft.write(path, "{}"));
      expect(await failureOf(writing)).toMatchObject({ code: "BENTO_MODEL_INVALID", message: expect.stringContaining("reserved") });
    }
  });

  test("the same key signs once; another key's signature is replaced only when that is said", async () => {
    await using folder = await temporaryFolder();
    const [ours, theirs] = [await keys(folder.path), await keys(folder.path, "theirs")];
    await using store = open(join(folder.path, "home"));
    const model = await saved(store);
    await model.sign({ key: ours.file });
    const first = await model.text(".signature.json");
    expect(await model.sign({ key: ours.file })).toBe(ours.keyId);
    expect(await model.text(".signature.json")).toBe(first);
    expect(await failureOf(model.sign({ key: theirs.file }))).toMatchObject({ code: "BENTO_CONFLICT" });
    expect(await model.text(".signature.json")).toBe(first);
    expect(await model.sign({ key: theirs.file, replace: true })).toBe(theirs.keyId);
    expect((await model.verify({ keys: [theirs.publicFile] })).signature?.status).toBe("trusted");
  });
});

test("a model without a manifest, as Python saves it, gets one when it is signed", async () => {
  await using folder = await temporaryFolder();
  const { file, publicFile } = await keys(folder.path);
  await writeFixedModel(folder.path);
  const model = await new FileModelStore(folder.path).get("fixed:1.0");
  expect((await model.verify()).status).toBe("no manifest");
  await model.sign({ key: file });
  expect(await model.verify({ keys: [publicFile] })).toMatchObject({ status: "ok", signature: { status: "trusted" } });
});

test("what is not what was saved is not signed", async () => {
  await using folder = await temporaryFolder();
  const { file } = await keys(folder.path);
  const model = await saved(new FileModelStore(folder.path));
  await writeFile(join(model.path, "weights.bin"), "other");
  expect(await failureOf(model.sign({ key: file }))).toMatchObject({
    code: "BENTO_INTEGRITY_FAILED",
    message: expect.stringContaining("weights.bin"),
  });
  expect((await model.verify({ requireSignature: true })).signature?.status).toBe("missing");
});

describe("keys", () => {
  test("a trusted key may be PEM, one line, a file of either, a KeyObject, or the private half", async () => {
    await using folder = await temporaryFolder();
    const { file, publicFile, publicKey, keyId } = await keys(folder.path);
    const model = await saved(new MemoryModelStore());
    await model.sign({ key: privateKeyIn(file) });
    const line = keyInOneLine(createPublicKey(publicKey));
    const many = join(folder.path, "many");
    await writeFile(many, `# ours\n${createKeyPair().publicKey}\n${line}\n`);
    for (const key of [publicKey, line, publicFile, many, file, createPublicKey(publicKey), privateKeyIn(file)]) {
      expect((await model.verify({ keys: [key] })).signature).toMatchObject({ status: "trusted", keyId });
    }
    expect(keyIdOf(createPublicKey(publicKey))).toBe(keyId);
  });

  test.each([
    ["is not there", undefined, "ENOENT"],
    ["holds no key", "hello", "it holds no"],
    ["holds a key of RSA", "rsa", "it is of type rsa"],
    ["holds a line that is no key", "ed25519:AAAA", "32 bytes"],
    ["holds damaged PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "cannot be read"],
  ])("a file that %s is refused by name", async (_, content, why) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "key.pem");
    if (content !== undefined) await writeFile(file, content === "rsa" ? await rsaKey() : content);
    const model = await saved(new MemoryModelStore());
    const error = await failureOf(model.verify({ keys: [file], requireSignature: true }));
    expect(error).toMatchObject({ code: "BENTO_CONFIG_INVALID", message: expect.stringContaining(file) });
    expect(error.message).toContain(why);
  });

  test("a public key cannot sign", async () => {
    await using folder = await temporaryFolder();
    const { publicFile } = await keys(folder.path);
    const model = await saved(new MemoryModelStore());
    expect(await failureOf(model.sign({ key: publicFile }))).toMatchObject({ code: "BENTO_CONFIG_INVALID" });
    expect(await failureOf(model.sign({ key: createPublicKey(await readFile(publicFile)) }))).toMatchObject({
      code: "BENTO_CONFIG_INVALID",
    });
  });
});

describe("the way of a signature", () => {
  const formats: readonly ArchiveFormat[] = ["bentomodel", "gz", "bz2", "tar", "zst", "zip", "folder"];
  test.each(formats)("%s carries it, byte for byte", async (format) => {
    await using folder = await temporaryFolder();
    const { file, publicFile } = await keys(folder.path);
    const store = new FileModelStore(join(folder.path, "from"));
    const model = await saved(store);
    await model.sign({ key: file });
    const path = await exportModel("clf:v1", join(folder.path, `out.${format}`), { store, format });
    const to = new FileModelStore(join(folder.path, "to"), { signatures: { require: true, keys: [publicFile] } });
    const come = await importModel(path, { store: to, format });
    expect(await come.text(".signature.json")).toBe(await model.text(".signature.json"));
    expect(String((await to.get("clf")).tag)).toBe("clf:v1");
  });

  test("under another version, or with accepted changes, it is left behind: it would be for something else", async () => {
    await using folder = await temporaryFolder();
    const { file } = await keys(folder.path);
    const model = await saved(new FileModelStore(join(folder.path, "from")));
    await model.sign({ key: file });
    const store = new MemoryModelStore();
    const renamed = await importModel(model.path, { store, format: "folder", version: "v2" });
    expect(await renamed.verify({ requireSignature: true })).toMatchObject({ status: "ok", signature: { status: "missing" } });
    const copy = join(folder.path, "copy");
    await cp(model.path, copy, { recursive: true });
    await rm(join(copy, "weights.bin"));
    const changed = await importModel(copy, { store, format: "folder", acceptChanges: true });
    expect(await changed.verify({ requireSignature: true })).toMatchObject({ status: "ok", signature: { status: "missing" } });
  });

  test("a file in its place that is larger than any signature is not read", async () => {
    await using folder = await temporaryFolder();
    const model = await saved(new FileModelStore(join(folder.path, "from")));
    await writeFile(join(model.path, ".signature.json"), "x".repeat(5000));
    expect((await model.verify()).signature).toMatchObject({ status: "invalid" });
    const error = await failureOf(importModel(model.path, { store: new MemoryModelStore(), format: "folder" }));
    expect(error).toMatchObject({ code: "BENTO_ARCHIVE_UNSAFE", message: expect.stringContaining(".signature.json") });
  });
});

async function rsaKey(): Promise<string> {
  const { generateKeyPairSync } = await import("node:crypto");
  return generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" }) as string;
}
