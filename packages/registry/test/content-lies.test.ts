import { createHash, randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ContentDocument, ContentFile } from "../src/wire/index.js";
import { ContentRegistry, digestOf, json } from "./support/content-registry.js";
import { contentsOf, Machine, mib, versionPath } from "./support/content-work.js";

let registry: ContentRegistry;
let author: Machine;
let victim: Machine;

beforeEach(async () => {
  registry = await ContentRegistry.start();
  author = await Machine.make(() => registry.url);
  victim = await Machine.make(() => registry.url);
  await author.push(await author.save("clf:v1", { weights: 9 * mib, labels: 20 }));
});
afterEach(async () => {
  await author[Symbol.asyncDispose]();
  await victim[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const isPart = (url: string | undefined): boolean => /\/content\/[0-9a-f]{64}/.test(url ?? "");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The content as it is, with something changed; its digest is right again. */
function publishChanged(change: (file: ContentFile) => ContentFile, more: readonly ContentFile[] = []): void {
  const content = registry.versions.get(versionPath) as ContentDocument;
  registry.publish(versionPath, { ...content, files: [...content.files.map(change), ...more] });
}

/** A file of the registry's own making. */
function extraFile(path: string, text = "evil"): ContentFile {
  const bytes = Buffer.from(text);
  registry.parts.set(sha256(bytes), bytes);
  return { path, size: bytes.length, executable: false, sha256: sha256(bytes), parts: [sha256(bytes)] };
}

async function expectRefused(code: string): Promise<void> {
  await expect(victim.pull("clf:v1", { retries: 2 })).rejects.toMatchObject({ code });
  expect(await victim.store.listTags()).toEqual([]);
  expect(existsSync(join(victim.home, "models", "clf"))).toBe(false);
}

describe("a registry that lies about bytes is refused, and nothing is stored:", () => {
  test.each(["weights", "labels"])("another content under a digest of %s", async (path) => {
    const content = registry.versions.get(versionPath) as ContentDocument;
    for (const digest of content.files.find((file) => file.path === path)?.parts ?? []) {
      const other = Buffer.from(registry.parts.get(digest) as Buffer);
      other[0] = (other[0] as number) ^ 1;
      registry.parts.set(digest, other);
    }
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });

  test("a length that is another one", async () => {
    registry.intercept = ({ url }, response) => {
      if (!isPart(url)) return false;
      response.writeHead(200, { "content-length": 3 }).end("abc");
      return true;
    };
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });

  test("a body without end", async () => {
    let sent = 0;
    registry.intercept = ({ url }, response) => {
      if (!isPart(url)) return false;
      const piece = randomBytes(mib);
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
      };
      response.writeHead(200).on("drain", more);
      more();
      return true;
    };
    await expectRefused("BENTO_INTEGRITY_FAILED");
    expect(sent).toBeLessThan(500 * mib);
  });

  test("a range that was not asked for", async () => {
    registry.intercept = ({ url }, response) => {
      if (!isPart(url)) return false;
      response.writeHead(206, { "content-range": "bytes 5-9/10" }).end("abcde");
      return true;
    };
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });

  test("a whole file that its parts do not make", async () => {
    publishChanged((file) => (file.path === "weights" ? { ...file, sha256: sha256(Buffer.from("another")) } : file));
    await expectRefused("BENTO_INTEGRITY_FAILED");
    // What cannot ever be right is not kept.
    expect(readdirSync(join(victim.home, "tmp", "transfers"))).toEqual([]);
  });
});

describe("a registry that lies about what a model is, is refused before a byte is fetched:", () => {
  test.each(["../evil", "/evil", "a/../../evil", "a/../b", "./a", "C:\\evil", "..\\evil", "a\0b", "labels", "weights/x", "d//e", ""])(
    "a file named %j",
    async (path) => {
      publishChanged((file) => file, [extraFile(path)]);
      registry.given.length = 0;
      await expect(victim.pull("clf:v1")).rejects.toMatchObject({
        code: expect.stringMatching(/BENTO_ARCHIVE_UNSAFE|BENTO_INTEGRITY_FAILED|BENTO_REGISTRY_FAILED/),
      });
      expect(registry.given).toEqual([]);
      expect(await victim.store.listTags()).toEqual([]);
    },
  );

  test("a digest of the content that is another one", async () => {
    const content = registry.versions.get(versionPath) as ContentDocument;
    registry.intercept = ({ url }, response) => {
      if (!url?.endsWith("/v1/content")) return false;
      json(response, 200, { name: "clf", version: "v1", content, digest: "0".repeat(64) });
      return true;
    };
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });

  test("another model than the one that was asked for", async () => {
    const content = registry.versions.get(versionPath) as ContentDocument;
    registry.intercept = ({ url }, response) => {
      if (!url?.endsWith("/v1/content")) return false;
      json(response, 200, { name: "clf", version: "v2", content, digest: digestOf(content) });
      return true;
    };
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });

  test("too few parts for a size, and two digests for one part", async () => {
    publishChanged((file) => (file.path === "weights" ? { ...file, size: 1000 * mib } : file));
    await expectRefused("BENTO_INTEGRITY_FAILED");
    publishChanged((file) => (file.path === "labels" ? { ...file, sha256: "0".repeat(64) } : file));
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });

  test("a digest that is a path", async () => {
    publishChanged((file) => (file.path === "labels" ? { ...file, sha256: "../../etc/passwd", parts: ["../../etc/passwd"] } : file));
    await expectRefused("BENTO_REGISTRY_FAILED");
  });

  test("JSON without end", async () => {
    let sent = 0;
    registry.intercept = ({ url }, response) => {
      if (!url?.endsWith("/v1/content")) return false;
      const piece = Buffer.alloc(mib, '{"a":[');
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length;
      };
      response.writeHead(200, { "content-type": "application/json" }).on("drain", more);
      more();
      return true;
    };
    await expectRefused("BENTO_REGISTRY_FAILED");
    expect(sent).toBeLessThan(200 * mib);
  });
});

describe("what the manifest and the document inside say counts:", () => {
  test("a file that the manifest does not know", async () => {
    publishChanged((file) => file, [extraFile("added.py")]);
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });

  test("a file that was exchanged, digests and all", async () => {
    publishChanged((file) => (file.path === "labels" ? extraFile("labels", "exchanged") : file));
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });

  test("the model of another tag", async () => {
    const other = await author.save("clf:v2", { weights: 10 });
    await author.push(other);
    registry.publish(versionPath, registry.versions.get("/api/v1/model_repositories/clf/models/v2") as ContentDocument);
    await expectRefused("BENTO_INTEGRITY_FAILED");
  });
});

describe("credentials", () => {
  /** Another host, that remembers what it was told. */
  async function otherHost(answer: (sha256: string) => Buffer | undefined) {
    const asked: IncomingHttpHeaders[] = [];
    const server = createServer(({ headers, url }, response) => {
      asked.push(headers);
      response.end(answer((url ?? "").slice(1)) ?? "{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()).closeAllConnections());
    return { asked, url, [Symbol.asyncDispose]: stop };
  }

  test("do not go where parts are said to lie, which are fetched from there", async () => {
    await using other = await otherHost((digest) => registry.parts.get(digest));
    registry.intercept = ({ url, method }, response) => {
      if (!isPart(url) || method !== "GET") return false;
      response.writeHead(307, { location: `${other.url}/${url?.slice(-64)}` }).end();
      return true;
    };
    const pulled = await victim.pull("clf:v1");
    expect(await contentsOf(pulled)).toEqual(await contentsOf(await author.store.get("clf:v1")));
    expect(other.asked.length).toBeGreaterThan(2);
    expect(JSON.stringify(other.asked)).not.toContain("secret-token");
  });

  test("and nothing else goes to another host, parts that are pushed neither", async () => {
    await using other = await otherHost(() => undefined);
    const redirect = (matches: (url: string | undefined, method: string | undefined) => boolean): void => {
      registry.intercept = ({ url, method }, response) => {
        if (!matches(url, method)) return false;
        response.writeHead(307, { location: `${other.url}/evil` }).end();
        return true;
      };
    };
    redirect((url) => url?.endsWith("/v1/content") === true);
    await expectRefused("BENTO_REGISTRY_FAILED");
    const model = await author.save("clf:v3", { weights: 100 });
    redirect((url, method) => method === "PUT" && isPart(url));
    await expect(author.push(model)).rejects.toMatchObject({ code: "BENTO_REGISTRY_FAILED" });
    expect(other.asked).toEqual([]);
  });

  test("redirects that lead to redirects end", async () => {
    let asked = 0;
    registry.intercept = ({ url }, response) => {
      if (!isPart(url)) return false;
      asked += 1;
      response.writeHead(307, { location: `${registry.url}${url}` }).end();
      return true;
    };
    await expectRefused("BENTO_REGISTRY_FAILED");
    expect(asked).toBeLessThan(50);
  });
});

test("a registry that asks for parts that the model does not have gets none", async () => {
  const model = await author.save("clf:v4", { weights: 100 });
  registry.intercept = ({ url }, response) => {
    if (!url?.endsWith("/begin")) return false;
    json(response, 200, { push: "p", missing: ["0".repeat(64)], expires_at: "2030-01-01T00:00:00Z" });
    return true;
  };
  await expect(author.push(model)).rejects.toMatchObject({ code: "BENTO_REGISTRY_FAILED" });
});

test("a file that an earlier try gave to the store is never written to", async () => {
  await author.save("clf:v9", { mine: 10 });
  const stop = new AbortController();
  registry.intercept = ({ url }) => {
    if (!isPart(url) || registry.given.length < 2) return false;
    setImmediate(() => stop.abort());
    return true;
  };
  await expect(victim.pull("clf:v1", { signal: stop.signal })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  registry.intercept = () => false;
  const transfers = join(victim.home, "tmp", "transfers");
  const files = join(transfers, readdirSync(transfers)[0] as string, "files");
  const elsewhere = join(victim.home, "elsewhere");
  mkdirSync(elsewhere);
  const shared = readdirSync(files).map((name) => {
    linkSync(join(files, name), join(elsewhere, name));
    writeFileSync(join(files, name), "spoilt, in both places");
    return name;
  });
  await victim.pull("clf:v1");
  expect(shared.length).toBeGreaterThan(0);
  for (const name of shared) expect(readFileSync(join(elsewhere, name), "utf8")).toBe("spoilt, in both places");
  rmSync(elsewhere, { recursive: true });
});
