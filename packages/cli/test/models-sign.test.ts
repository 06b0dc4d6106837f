import { FileModelStore } from "@bento/store";
import { appendFileSync, chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "./bento.js";
import { run } from "./fake-terminal.js";

// Disks of busy machines take their time.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let home: string;
let key: string;
let keyId: string;

beforeEach(async () => {
  const temporary = temporaryFolder();
  onTestFinished(() => temporary[Symbol.dispose]());
  folder = temporary.path;
  home = join(folder, "home");
  key = join(folder, "release.pem");
  await new FileModelStore(home).create("digits:v1", (draft) => draft.write("weights", "w"));
  keyId = /The key ([0-9a-f]{64}): /.exec((await models("create-key", key)).stdout)?.[1] as string;
});

const models = (...args: readonly string[]) => run(["--home", home, "models", ...args]);
const modelFolder = (): string => join(home, "models", "digits", "v1");

describe("models create-key", () => {
  test("makes a pair: one file for its owner alone, one for everybody, and overwrites neither", async () => {
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readFileSync(key, "utf8")).toContain("-----BEGIN PRIVATE KEY-----");
    expect(readFileSync(`${key}.pub`, "utf8")).toContain("-----BEGIN PUBLIC KEY-----");
    const before = readFileSync(key, "utf8");
    expect(await models("create-key", key)).toMatchObject({ exit: 1, stderr: expect.stringContaining("is there already") });
    expect(readFileSync(key, "utf8")).toBe(before);
    const other = join(folder, "other.pem");
    writeFileSync(`${other}.pub`, "mine");
    expect(await models("create-key", other)).toMatchObject({ exit: 1, stderr: expect.stringContaining("other.pem.pub") });
    expect(statSync(other, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe("models sign", () => {
  test("says who signed what, as text and as JSON", async () => {
    expect(await models("sign", "digits", "--key", key)).toMatchObject({
      exit: 0,
      stdout: `Model(tag="digits:v1") signed with the key ${keyId}.\n`,
      stderr: "",
    });
    expect(JSON.parse((await models("sign", "digits", "--key", key, "-o", "json")).stdout)).toEqual({ tag: "digits:v1", key_id: keyId });
  });

  test("warns of a key that others can read, and fails without a key", async () => {
    chmodSync(key, 0o644);
    expect((await models("sign", "digits", "--key", key)).stderr).toMatch(/^warning: .*release\.pem can be read by other users/);
    expect(await models("sign", "digits")).toMatchObject({ exit: 2, stderr: expect.stringContaining("--key") });
    expect(await models("sign", "digits", "--key", `${key}.pub`)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining("it holds no private key"),
    });
  });

  test("puts its signature in the place of another's only with --replace", async () => {
    await models("sign", "digits", "--key", key);
    const other = join(folder, "other.pem");
    await models("create-key", other);
    expect(await models("sign", "digits", "--key", other)).toMatchObject({ exit: 1, stderr: expect.stringContaining("--replace") });
    expect(await models("sign", "digits", "--key", other, "--replace")).toMatchObject({ exit: 0 });
  });
});

describe("models verify", () => {
  test("tells of a signature where there is one, and of whose it is when it knows", async () => {
    await models("sign", "digits", "--key", key);
    expect(await models("verify", "digits")).toMatchObject({
      exit: 0,
      stdout: ` Tag        Status  Signature                   Files\n digits:v1  ok      untrusted ${keyId.slice(0, 16)}\n`,
    });
    const trusted = await models("verify", "digits", "--public-key", `${key}.pub`, "-o", "json");
    expect(trusted.exit).toBe(0);
    expect(JSON.parse(trusted.stdout)).toMatchObject([{ status: "ok", signature: { status: "trusted", key_id: keyId } }]);
  });

  test("with a key: what nobody signed, what another signed, and what was changed fail, each with its reason", async () => {
    const asked = () => models("verify", "digits", "--public-key", `${key}.pub`);
    expect(await asked()).toMatchObject({ exit: 1, stderr: expect.stringContaining("digits:v1: it is not signed.") });
    const other = join(folder, "other.pem");
    await models("create-key", other);
    await models("sign", "digits", "--key", other);
    expect(await asked()).toMatchObject({ exit: 1, stderr: expect.stringMatching(/digits:v1: its key [0-9a-f]{64} is not trusted\./) });
    expect(await models("verify", "digits", "--public-key", `${key}.pub`, "--public-key", `${other}.pub`)).toMatchObject({ exit: 0 });
    appendFileSync(join(modelFolder(), ".signature.json"), " ");
    expect(await asked()).toMatchObject({ exit: 1, stderr: expect.stringContaining("cannot be read, or was changed") });
    appendFileSync(join(modelFolder(), "weights"), "!");
    expect(await asked()).toMatchObject({ exit: 1, stderr: expect.stringContaining("Not what was saved: digits:v1.") });
  });

  test("a signature that is wrong fails without any key", async () => {
    await models("sign", "digits", "--key", key);
    appendFileSync(join(modelFolder(), ".signature.json"), " ");
    expect(await models("verify", "digits")).toMatchObject({ exit: 1, stderr: expect.stringContaining("Not what a trusted key signed.") });
  });

  test("--require takes the keys of the environment, and fails where there are none", async () => {
    expect(await models("verify", "digits", "--require")).toMatchObject({ exit: 1, stderr: expect.stringContaining("no key is trusted") });
    vi.stubEnv("BENTO_TRUSTED_KEYS", `${key}.pub`);
    expect(await models("verify", "digits")).toMatchObject({ exit: 0 });
    expect(await models("verify", "digits", "--require")).toMatchObject({ exit: 1, stderr: expect.stringContaining("it is not signed") });
    await models("sign", "digits", "--key", key);
    expect(await models("verify", "digits", "--require")).toMatchObject({ exit: 0 });
  });
});

test("where the environment requires signatures, every command but sign and verify gives out only what is signed", async () => {
  vi.stubEnv("BENTO_SIGNATURES", "require");
  vi.stubEnv("BENTO_TRUSTED_KEYS", `${key}.pub`);
  expect(await models("get", "digits")).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining("digits:v1 is refused: it is not signed."),
  });
  expect(await models("export", "digits", join(folder, "out.tar"))).toMatchObject({ exit: 1 });
  expect(await models("verify", "digits")).toMatchObject({ exit: 1 });
  expect(await models("sign", "digits", "--key", key)).toMatchObject({ exit: 0 });
  expect(await models("get", "digits")).toMatchObject({ exit: 0 });
  expect(await models("export", "digits", join(folder, "out.tar"))).toMatchObject({ exit: 0 });
  rmSync(join(modelFolder(), ".signature.json"));
  expect(await models("list")).toMatchObject({ exit: 0, stdout: expect.stringContaining("digits:v1") });
  expect(await models("import", join(folder, "out.tar"), "--existing", "replace")).toMatchObject({ exit: 0 });
  expect(await models("verify", "digits")).toMatchObject({ exit: 0 });
});
