import { describe, expect, test } from "vitest";
import { locationOfUrl, type RemoteOptions } from "../../remote-location.js";
import { type BucketSettings, settingsOf } from "./settings.js";

const google = "https://storage.googleapis.com";
const found = { GOOGLE_APPLICATION_CREDENTIALS: "/credentials.json" };

describe("who asks Google, and where", () => {
  test.each<readonly [RemoteOptions, Readonly<Record<string, string>>, Partial<BucketSettings>]>([
    [{}, {}, { endpoint: google, credential: { kind: "found", keyFile: undefined } }],
    [{ params: { keyFile: "/k.json", userProject: "p" } }, {}, { credential: { kind: "found", keyFile: "/k.json" }, userProject: "p" }],
    [{ params: { token: "t" } }, found, { credential: { kind: "token", token: "t" } }],
    [{ params: { token: "anon" } }, found, { credential: { kind: "anonymous" } }],
    [{ password: "t" }, {}, { credential: { kind: "token", token: "t" } }],
    [{ params: { anonymous: "true", token: "t" } }, found, { credential: { kind: "anonymous" } }],
    // Another place is asked with nothing that was not meant for it.
    [{ params: { endpoint: "https://elsewhere/base/" } }, {}, { endpoint: "https://elsewhere/base", credential: { kind: "anonymous" } }],
    [{ params: { endpoint: "https://elsewhere" } }, found, { credential: { kind: "found", keyFile: undefined } }],
    [{}, { STORAGE_EMULATOR_HOST: "localhost:9000" }, { endpoint: "http://localhost:9000", credential: { kind: "anonymous" } }],
  ])("%j with %j", (options, environment, expected) => {
    expect(settingsOf(locationOfUrl("gs://my-bucket/x", options), environment)).toMatchObject({ bucket: "my-bucket", ...expected });
  });

  test.each<readonly [string, RemoteOptions]>([
    ["gs://bucket", { params: { tokn: "secret" } }],
    ["gs://B", {}],
    ["gs://bucket:80/x", {}],
    ["gs://user@bucket/x", {}],
    ["gs://bucket", { params: { endpoint: "https://user:secret@host" } }],
  ])("%s with %j cannot be", (url, options) => {
    expect(() => settingsOf(locationOfUrl(url, options), {})).toThrow(expect.objectContaining({ code: "BENTO_BAD_REQUEST" }) as Error);
  });
});
