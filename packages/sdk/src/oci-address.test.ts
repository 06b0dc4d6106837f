import { expect, test } from "vitest";
import { isOciAddress, tagOfAddress } from "./oci-address.js";

test.each([
  ["oci://ghcr.io/team/clf:v1", "clf:v1"],
  ["oci://localhost:5000/clf:v1", "clf:v1"],
  ["oci://localhost:5000/a/b/clf", "clf"],
  ["oci://ghcr.io/clf:latest", "clf:latest"],
])("%s is %s in the store", (address, tag) => {
  expect(isOciAddress(address)).toBe(true);
  expect(String(tagOfAddress(address))).toBe(tag);
});

test.each(["oci://", "oci://host", "oci://host/", `oci://host/clf@sha256:${"0".repeat(64)}`, "oci://host/clf:", "oci://host/clf:a b"])(
  "%j is none",
  (address) => {
    expect(() => tagOfAddress(address)).toThrow(expect.objectContaining({ code: "BENTO_TAG_INVALID" }));
  },
);

test("a tag is no address", () => {
  expect(isOciAddress("clf:v1")).toBe(false);
});
