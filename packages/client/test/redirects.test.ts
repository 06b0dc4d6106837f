import { expect, test } from "vitest";
import { createClient } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { json, listen } from "./listen.js";

const secrets = { token: "s3cret", headers: { "x-api-key": "s3cret" } };

test("a redirect within the service's origin keeps method, body and token", async () => {
  await using server = await listen(({ path, body }, response) =>
    path === "/echo" ? response.writeHead(307, { location: "/moved" }).end() : response.end(body),
  );
  expect(await createClient<Digits>(server.url, { schema: digitsSchema, ...secrets }).echo("a")).toBe("a");
  expect(server.seen[1]).toMatchObject({
    method: "POST",
    path: "/moved",
    headers: { authorization: "Bearer s3cret", "x-api-key": "s3cret" },
  });
});

test("a redirect to another origin takes no secret along, for calls and for the schema", async () => {
  await using other = await listen(({ path, body }, response) =>
    path === "/schema.json" ? json(response, digitsSchema) : response.end(body),
  );
  await using server = await listen(({ path }, response) => response.writeHead(308, { location: other.url + path }).end());
  expect(await createClient<Digits>(server.url, secrets).echo("a", { headers: { "x-more": "s3cret" } })).toBe("a");
  expect(other.seen.map(({ path }) => path)).toEqual(["/schema.json", "/echo"]);
  expect(JSON.stringify(other.seen)).not.toContain("s3cret");
  expect(other.seen[1]?.headers["content-type"]).toBe("text/plain; charset=utf-8");
});

test("a redirect that would drop the body is refused and says where it leads", async () => {
  await using server = await listen((_seen, response) =>
    response.writeHead(301, { location: "https://elsewhere.example/echo?sig=s3cret" }).end(),
  );
  const call = createClient<Digits>(server.url, { schema: digitsSchema }).echo("a");
  await expect(call).rejects.toMatchObject({
    code: "BENTO_REMOTE_FAILED",
    message: `POST ${server.url}/echo was redirected (301), which would drop its body.`,
    hint: "Give the client the URL behind the redirect; it leads to https://elsewhere.example/echo.",
  });
});

test("a circle of redirects ends", async () => {
  await using server = await listen((_seen, response) => response.writeHead(307, { location: "/echo" }).end());
  const call = createClient<Digits>(server.url, { schema: digitsSchema }).echo("a");
  await expect(call).rejects.toMatchObject({
    code: "BENTO_REMOTE_FAILED",
    message: expect.stringContaining("more than 5 times") as string,
  });
  expect(server.seen).toHaveLength(6);
});
