import { expect, test } from "vitest";
import { locationOfUrl, type RemoteOptions } from "../../remote-location.js";
import { type S3Settings, settingsOf } from "./settings.js";

function settings(url: string, options?: RemoteOptions): S3Settings {
  return settingsOf(locationOfUrl(url, options));
}

test("a location says where a bucket is and who asks, in our words and in those of Python's driver", () => {
  expect(settings("s3://models/a/b.tar")).toEqual({ bucket: "models", isAnonymous: false });
  const ours = settings("s3://key:pass%2Fword@models/x?endpoint=http://127.0.0.1:9000&region=eu-west-1&pathStyle=false&partSize=16MiB");
  expect(ours).toMatchObject({ endpoint: "http://127.0.0.1:9000", region: "eu-west-1", pathStyle: false, partSize: 16 * 1024 ** 2 });
  expect(ours.credentials).toEqual({ accessKeyId: "key", secretAccessKey: "pass/word" });
  expect(settings("s3a://m.o-d_els?anon=True&profile=x&path_style=1")).toMatchObject({
    bucket: "m.o-d_els",
    isAnonymous: true,
    profile: "x",
    pathStyle: true,
  });
  const temporary = settings("s3://models", { user: "key", password: "word", params: { token: "sess", endpoint_url: "https://e" } });
  expect(temporary).toMatchObject({ endpoint: "https://e", credentials: { sessionToken: "sess" } });
});

test.each([
  ["s3:///key", "names no bucket"],
  ["s3://models:9000/key", "names no bucket"],
  ["s3://models?endpiont=http://secret", 'no parameter "endpiont"'],
  ["s3://models?endpoint=127.0.0.1:9000", "no URL of a server"],
  ["s3://models?endpoint=http://key:secret@host", "keys in its endpoint"],
  ["s3://models?pathStyle=maybe", '"maybe"'],
  ["s3://models?endpoint=http://secret&endpoint_url=http://secret2", "endpoint and endpoint_url, which are the same"],
  ["s3://models?partSize=4MiB", '"4MiB"'],
  ["s3://models?partSize=6GiB", '"6GiB"'],
  ["s3://models?partSize=16MB", '"16MB"'],
  ["s3://secret@models", "only one of user and password"],
  ["s3://models?sessionToken=secret", "session token without keys"],
  ["s3://a:secret@models?anonymous=true", "anonymous and gives keys"],
])("%s cannot be", (url, words) => {
  const failure = { code: "BENTO_BAD_REQUEST", message: expect.stringContaining(words) as string, hint: expect.any(String) as string };
  expect(() => settings(url)).toThrow(expect.objectContaining(failure) as Error);
  expect(() => settings(url)).not.toThrow(/secret(?!\?)/);
});

test("nobody who is not trusted names a bucket", () => {
  const untrusted = { code: "BENTO_BAD_REQUEST", message: expect.stringContaining("not trusted") as string };
  expect(() => settings("s3://models", { isUntrusted: true })).toThrow(expect.objectContaining(untrusted) as Error);
});
