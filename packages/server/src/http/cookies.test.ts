import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cookieText, parseCookies } from "./cookies.js";

describe("cookies of a request", () => {
  test.each([
    ["a=1; b=two", { a: "1", b: "two" }],
    ['flavour="earl grey"', { flavour: "earl grey" }],
    ['a="x\\073\\054\\"\\\\"', { a: 'x;,"\\' }],
    ["a=1; a=2", { a: "1" }],
    ["__proto__=1; constructor=2", { ["__proto__"]: "1", constructor: "2" }],
    ["nameless; =x; ;; a==1=", { a: "=1=" }],
    ["a=%41", { a: "%41" }],
    ["", {}],
  ])("%j", (header, cookies) => {
    expect(Object.entries(parseCookies(header))).toEqual(Object.entries(cookies));
  });

  test("none", () => expect(Object.keys(parseCookies(null))).toEqual([]));
});

describe("cookies of an answer", () => {
  test("as BentoML writes them", () => {
    expect(cookieText("flavour", "earl grey", { maxAge: 60, httpOnly: true })).toBe(
      'flavour="earl grey"; HttpOnly; Max-Age=60; Path=/; SameSite=lax',
    );
    expect(cookieText("plain", "1")).toBe("plain=1; Path=/; SameSite=lax");
    expect(cookieText("a", "b", { domain: "x.example", path: "/p", sameSite: "none", secure: true, expires: new Date(0) })).toBe(
      "a=b; Domain=x.example; expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/p; SameSite=none; Secure",
    );
  });

  test.each<[string, string, object]>([
    ["a b", "", {}],
    ["a", "", { path: "/;x" }],
    ["a", "", { path: "/\r\nx: y" }],
    ["a", "", { domain: "x; secure" }],
    ["a", "", { maxAge: 1.5 }],
    ["a", "", { expires: new Date(Number.NaN) }],
    ["a", "", { sameSite: "none" }],
    ["", "", {}],
  ])("%j=%j with %j is refused", (name, value, options) => {
    expect(() => cookieText(name, value, options)).toThrow(expect.objectContaining({ code: "BENTO_INTERNAL" }));
  });

  test("any value can be sent in a header, and read again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        const text = cookieText("a", value);
        new Headers().append("set-cookie", text);
        expect(parseCookies(text.slice(0, text.indexOf("; Path=")))["a"]).toBe(value);
      }),
    );
  });

  test("any header can be read", () => {
    const unit = fc.constantFrom("a", "=", ";", '"', "\\", "0", "7", "3", " ", "é", "\0");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), (header) => {
        for (const value of Object.values(parseCookies(header))) expect(value).toBeTypeOf("string");
      }),
    );
  });
});
