import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectionOf, ContextsFile, defaultEndpoint } from "@bento/registry/login";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";

let home: string;
let file: ContextsFile;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "bento-contexts-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  file = new ContextsFile(home);
});

const ann = { name: "default", endpoint: "http://127.0.0.1:8700", apiToken: "tok", email: "ann@example.com" };

describe("the file of contexts", () => {
  test("is Python's: what it wrote is read, what we write is what it reads", async () => {
    const theirs = [
      "contexts:",
      "- api_token: tok",
      "  email: ann@example.com",
      "  endpoint: http://127.0.0.1:8700",
      "  name: default",
      "- api_token: '0123'",
      "  email: null",
      "  endpoint: https://x",
      "  name: other",
      "current_context_name: default",
      "",
    ].join("\n");
    writeFileSync(file.path, theirs);
    const other = { name: "other", endpoint: "https://x", apiToken: "0123", email: undefined };
    expect(await file.read()).toEqual({ contexts: [ann, other], current: "default" });
    expect(await file.save({ ...ann, apiToken: "new" })).toBe(true);
    expect(parse(readFileSync(file.path, "utf8"), { version: "1.1" })).toEqual({
      contexts: [
        { name: "default", endpoint: ann.endpoint, api_token: "new", email: ann.email },
        { name: "other", endpoint: "https://x", api_token: "0123", email: null },
      ],
      current_context_name: "default",
    });
  });

  test("nobody else may read it, whatever it was before; nothing lies beside it", async () => {
    writeFileSync(file.path, "");
    chmodSync(file.path, 0o644);
    await file.save(ann);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(home)).toEqual([".yatai.yaml"]);
  });

  test("a link to where somebody keeps it stays a link", async () => {
    mkdirSync(join(home, "elsewhere"));
    symlinkSync("elsewhere/mine.yaml", file.path);
    writeFileSync(join(home, "elsewhere/mine.yaml"), "");
    await file.save(ann);
    expect(readFileSync(join(home, "elsewhere/mine.yaml"), "utf8")).toContain("tok");
    expect((await file.read()).contexts).toEqual([ann]);
  });

  test("many that log in at once are all there", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `c${index}`);
    await Promise.all(names.map((name) => file.save({ ...ann, name })));
    expect((await file.read()).contexts.map(({ name }) => name).toSorted()).toEqual(names);
  });

  test("the first login becomes the current one; a later one does not; one that is chosen stays", async () => {
    expect(await file.save({ ...ann, name: "staging" })).toBe(false);
    await file.save({ ...ann, name: "live" });
    expect((await file.read()).current).toBe("staging");
    await file.select("live");
    await file.save({ ...ann, name: "staging", apiToken: "x" });
    expect((await file.read()).current).toBe("live");
    await expect(file.select("absent")).rejects.toMatchObject({
      code: "BENTO_NOT_FOUND",
      hint: expect.stringContaining('"staging", "live"'),
    });
  });

  test("is not made by reading; one that is no YAML, or something else, is named and left alone", async () => {
    expect(await file.read()).toEqual({ contexts: [], current: "default" });
    expect(existsSync(file.path)).toBe(false);
    for (const broken of ["contexts: [", "- a\n- b\n", "contexts:\n- name: x\n", "a: &a [*a]\n"]) {
      writeFileSync(file.path, broken);
      const error = { code: "BENTO_CONFIG_INVALID", message: expect.stringContaining(".yatai.yaml") };
      await expect(file.read()).rejects.toMatchObject(error);
      await expect(file.save(ann)).rejects.toMatchObject(error);
      expect(readFileSync(file.path, "utf8")).toBe(broken);
    }
  });
});

describe("which registry is meant", () => {
  const env = { BENTO_CLOUD_API_KEY: "key", BENTO_CLOUD_API_ENDPOINT: "https://real" };
  const aliases = { BENTOCLOUD_API_TOKEN: "alias-key", BENTOCLOUD_ENDPOINT: "https://alias" };

  test("what the caller says, else the environment, else the context", async () => {
    await file.save(ann);
    await file.save({ ...ann, name: "staging", endpoint: "https://staging", apiToken: "s" });
    const asked = async (options: Partial<Parameters<typeof connectionOf>[0]>) => {
      const { endpoint, apiToken } = await connectionOf({ home, env: {}, ...options });
      return `${endpoint} ${apiToken}`;
    };
    expect(await asked({ endpoint: "https://mine", token: "t", env })).toBe("https://mine t");
    expect(await asked({ token: "t" })).toBe(`${defaultEndpoint} t`);
    expect(await asked({ env })).toBe("https://real key");
    expect(await asked({ env, context: "staging" })).toBe("https://real key");
    expect(await asked({ env: aliases })).toBe("https://alias alias-key");
    expect(await asked({ env: { ...aliases, ...env } })).toBe("https://real key");
    expect(await asked({ env: { BENTO_CLOUD_API_KEY: "key" } })).toBe(`${defaultEndpoint} key`);
    expect(await asked({ env: { BENTO_CLOUD_API_KEY: "", BENTOML_CLOUD_CONTEXT: "staging" } })).toBe("https://staging s");
    expect(await asked({ context: "staging" })).toBe("https://staging s");
    expect(await asked({})).toBe(`${ann.endpoint} tok`);
  });

  test("a token goes to no other registry than its own", async () => {
    await file.save(ann);
    expect(await connectionOf({ home, env, endpoint: `${ann.endpoint}/` })).toMatchObject({ apiToken: "tok" });
    expect(await connectionOf({ home, env, endpoint: "https://real" })).toMatchObject({ apiToken: "key" });
    await expect(connectionOf({ home, env, endpoint: "https://eve" })).rejects.toMatchObject({ code: "BENTO_UNAUTHORIZED" });
  });

  test("nobody is logged in, or not there", async () => {
    await expect(connectionOf({ home, env: {} })).rejects.toMatchObject({
      code: "BENTO_UNAUTHORIZED",
      hint: expect.stringContaining("bento cloud login"),
    });
    await file.save(ann);
    await expect(connectionOf({ home, env: {}, context: "absent" })).rejects.toMatchObject({ code: "BENTO_NOT_FOUND" });
  });
});
