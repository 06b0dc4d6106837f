import { expect, test } from "vitest";
import { parseReference } from "./reference.js";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

test.each([
  ["oci://ghcr.io/team/clf:v1", "https://ghcr.io", "team/clf", "v1"],
  ["oci://ghcr.io/team/clf", "https://ghcr.io", "team/clf", undefined],
  [`oci://ghcr.io/clf@${digest}`, "https://ghcr.io", "clf", digest],
  ["oci://registry.example.com:5000/a_b/c--d.e:V1.2-x", "https://registry.example.com:5000", "a_b/c--d.e", "V1.2-x"],
  ["oci://localhost:5000/clf:v1", "http://localhost:5000", "clf", "v1"],
  ["oci://127.0.0.1:5000/clf:v1", "http://127.0.0.1:5000", "clf", "v1"],
  ["oci://[::1]:5000/clf:v1", "http://[::1]:5000", "clf", "v1"],
])("%s", (text, origin, repository, version) => {
  expect(parseReference(text)).toEqual({ origin, repository, version, text });
});

test.each([
  "oci://",
  "oci://host",
  "oci://host/",
  "oci://host/../clf:v1",
  "oci://host/a//b",
  "oci://host/Clf:v1",
  "oci://host/clf:",
  "oci://host/clf:-x",
  `oci://host/clf:${"x".repeat(129)}`,
  "oci://host/clf@sha256:12",
  "oci://user:word@host/clf:v1",
  "oci://host/clf:v1?x",
  "oci://host/clf:v1\n",
  "oci://host/%2e%2e/clf",
  "oci://ho st/clf",
  "https://host/clf",
])("%j is refused", (text) => {
  expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "BENTO_BAD_REQUEST" }));
});
