import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createKeyPair } from "@bento/store/signing";
import { type ArchiveFormat, exportModel, FileModelStore, importModel, type StoredModel } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../support/run-command.js";
import { PythonSession } from "./support/python-session.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

let python: PythonSession;
let source: TemporaryHome;
let keyFile: string;
let publicKey: string;
let model: StoredModel;

beforeAll(async () => {
  python = await PythonSession.start();
  source = await temporaryHome();
  const pair = createKeyPair();
  keyFile = join(source.path, "key.pem");
  publicKey = pair.publicKey;
  await writeFile(keyFile, pair.privateKey, { mode: 0o600 });
  await new FileModelStore(source.path).create("signed:v1", { labels: { team: "vision" } }, async (draft) => {
    await draft.write("weights.bin", new Uint8Array(100_000).fill(7));
    await draft.write("deep/déjà.json", "{}");
  });
  model = await new FileModelStore(source.path).get("signed:v1");
  await model.sign({ key: keyFile });
});
afterAll(async () => {
  await python[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

/** A store that takes and gives what the key signed, and nothing else. */
function strictStore(home: string): FileModelStore {
  return new FileModelStore(home, { signatures: { require: true, keys: [publicKey] } });
}

const formats: readonly ArchiveFormat[] = ["bentomodel", "gz", "bz2", "tar", "zip", "folder"];

test.each(formats)("through Python's import and export as %s a signature stays good", async (format) => {
  await using theirs = await temporaryHome();
  await using back = await temporaryHome();
  const store = new FileModelStore(source.path);
  const out = await exportModel("signed:v1", join(theirs.path, `out.${format}`), { store, format });
  expect(await python.importModel(theirs.path, out, format)).toBe("signed:v1");
  // What Python stored, read as it lies there.
  expect(String((await strictStore(theirs.path).get("signed:v1")).tag)).toBe("signed:v1");
  const again = await python.exportModel(theirs.path, "signed:v1", join(back.path, `again.${format}`), format);
  const come = await importModel(again, { store: strictStore(join(back.path, "home")), format });
  expect(await come.text(".signature.json")).toBe(await model.text(".signature.json"));
});

test("Python counts the signature, lists the model, and leaves the signature whole", async () => {
  const [listed] = await python.listModels(source.path);
  expect(listed).toMatchObject({ tag: "signed:v1", size: (await new FileModelStore(source.path).get("signed")).size });
});

test("a model that Python made and we signed stays signed through Python", async () => {
  await using home = await temporaryHome();
  await using target = await temporaryHome();
  await python.createModel(home.path, { tag: "theirs:v1", files: [{ path: "a.bin", base64: "AAEC" }] });
  await (await new FileModelStore(home.path).get("theirs")).sign({ key: keyFile });
  const out = await python.exportModel(home.path, "theirs:v1", join(home.path, "out.bentomodel"));
  await importModel(out, { store: strictStore(target.path) });
  expect(String((await strictStore(target.path).get("theirs")).tag)).toBe("theirs:v1");
});

test("what Python takes in by mistake, a store with a policy refuses: a changed file, and a signature that was stripped", async () => {
  for (const spoil of [
    (folder: string) => writeFile(join(folder, "weights.bin"), "evil"),
    (folder: string) => rm(join(folder, ".signature.json")),
  ]) {
    await using theirs = await temporaryHome();
    const out = await exportModel("signed:v1", join(theirs.path, "out"), { store: new FileModelStore(source.path), format: "folder" });
    await spoil(out);
    expect(await python.importModel(theirs.path, out, "folder")).toBe("signed:v1");
    await expect(strictStore(theirs.path).get("signed")).rejects.toMatchObject({ code: "BENTO_SIGNATURE_INVALID" });
  }
});

test("the name of a key is what openssl makes of it, and openssl signs what we take", async () => {
  await using folder = await temporaryHome();
  const file = join(folder.path, "openssl.pem");
  await runCommand("openssl", ["genpkey", "-algorithm", "ed25519", "-out", file]);
  await runCommand("openssl", ["pkey", "-in", file, "-pubout", "-out", `${file}.pub`]);
  const { stdout } = await runCommand("sh", ["-c", `openssl pkey -in ${file} -pubout -outform DER | sha256sum`]);
  const signed = await new FileModelStore(folder.path).create("mine:v1", (draft) => draft.write("a", "a"));
  expect(await signed.sign({ key: file })).toBe(stdout.slice(0, 64));
  expect(await signed.verify({ keys: [`${file}.pub`] })).toMatchObject({ signature: { status: "trusted" } });
});
