import { readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { errorCodes } from "./error-codes.js";
import { BentoError, internalErrorMessage, toWire } from "./errors.js";

describe("BentoError", () => {
  it("takes its status from the code unless told otherwise", () => {
    expect(new BentoError("BENTO_MODEL_NOT_FOUND", "m").status).toBe(404);
    expect(new BentoError("BENTO_CONFLICT", "m", { status: 423 }).status).toBe(423);
  });

  it("always has issues for the validation codes", () => {
    expect(new BentoError("BENTO_INPUT_INVALID", "m").issues).toEqual([]);
    expect(new BentoError("BENTO_OUTPUT_INVALID", "m").issues).toEqual([]);
    expect(new BentoError("BENTO_CONFLICT", "m").issues).toBeUndefined();
  });

  it("keeps what was caught", () => {
    const cause = new Error("disk");
    expect(new BentoError("BENTO_STORE_FAILED", "m", { cause }).cause).toBe(cause);
    expect("cause" in new BentoError("BENTO_STORE_FAILED", "m")).toBe(false);
  });

  it("is an Error with its own name and a stack", () => {
    const error = new BentoError("BENTO_INTERNAL", "m");
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe("BentoError: m");
    expect(error.stack).toContain("errors.test");
  });
});

describe("BentoError.is", () => {
  it("tells the code", () => {
    const error: unknown = new BentoError("BENTO_CONFLICT", "m");
    expect(BentoError.is(error)).toBe(true);
    expect(BentoError.is(error, "BENTO_CONFLICT")).toBe(true);
    expect(BentoError.is(error, "BENTO_TIMEOUT")).toBe(false);
  });

  it("refuses everything else", () => {
    for (const other of [null, undefined, "text", 1, {}, new Error("m"), { code: "BENTO_CONFLICT" }])
      expect(BentoError.is(other)).toBe(false);
  });

  it("knows an error that another copy of the package made", async () => {
    vi.resetModules();
    const copy = await import("./errors.js");
    expect(copy.BentoError).not.toBe(BentoError);
    const foreign = new copy.BentoError("BENTO_TIMEOUT", "m", { hint: "h" });
    expect(foreign).not.toBeInstanceOf(BentoError);
    expect(BentoError.is(foreign, "BENTO_TIMEOUT")).toBe(true);
    expect(BentoError.is(foreign, "BENTO_CONFLICT")).toBe(false);
    expect(BentoError.from(foreign)).toBe(foreign);
    expect(toWire(foreign)).toEqual({ code: "BENTO_TIMEOUT", message: "m", status: 504, hint: "h" });
  });
});

describe("the wire form", () => {
  it("carries code, message, status, hint and issues there and back", () => {
    const error = new BentoError("BENTO_INPUT_INVALID", "bad", { hint: "h", issues: [{ path: ["a", 0], message: "m", code: "c" }] });
    const back = BentoError.fromWire(JSON.parse(JSON.stringify(error.toWire())));
    expect(back).toMatchObject({ code: "BENTO_INPUT_INVALID", message: "bad", status: 400, hint: "h", issues: error.issues });
  });

  it("carries a status that differs from the code's", () => {
    expect(BentoError.fromWire(new BentoError("BENTO_CONFLICT", "m", { status: 423 }).toWire()).status).toBe(423);
  });

  it("says nothing of what must stay in the log", () => {
    const wire = BentoError.from(new Error("password=1")).toWire();
    expect(wire).toEqual({ code: "BENTO_INTERNAL", message: internalErrorMessage, status: 500 });
    expect(new BentoError("BENTO_STORE_FAILED", "/home/me/secret", { hint: "/home/me" }).toWire().message).toBe(internalErrorMessage);
  });

  it.each([null, undefined, "text", [], {}, { code: 1, message: 2, status: "3", hint: 4, issues: 5 }])(
    "reads %j as an internal error",
    (wire) => {
      const { code, message, status, hint, issues } = BentoError.fromWire(wire);
      expect({ code, message, status }).toEqual({ code: "BENTO_INTERNAL", message: internalErrorMessage, status: 500 });
      expect([hint, issues]).toEqual([undefined, undefined]);
    },
  );

  it("leaves malformed issues out", () => {
    const good = { path: ["a"], message: "m", code: "c" };
    const wire = { code: "BENTO_INPUT_INVALID", message: "m", issues: [null, "x", { path: "a", message: "m", code: "c" }, good] };
    expect(BentoError.fromWire(wire).issues).toEqual([good]);
  });

  it("takes a code that plain JavaScript made up for an internal error", () => {
    const error = new BentoError("MINE" as never, "m");
    expect(error.status).toBe(500);
    expect(error.toWire().code).toBe("BENTO_INTERNAL");
  });

  it("takes a code that only a newer copy of the package knows for an internal error, and shows nothing of it", () => {
    const newer: unknown = Object.assign(new BentoError("BENTO_CONFLICT", "/home/me", { status: 418 }), { code: "BENTO_FROM_THE_FUTURE" });
    expect(toWire(newer)).toEqual({ code: "BENTO_INTERNAL", message: internalErrorMessage, status: 418 });
  });

  it("takes a code of a newer version for an internal error", () => {
    expect(BentoError.fromWire({ code: "BENTO_FROM_THE_FUTURE" as never, message: "m", status: 418 })).toMatchObject({
      code: "BENTO_INTERNAL",
      status: 418,
    });
  });
});

describe("the table of codes", () => {
  it("has an error status in every row, and hides server faults unless they concern the request", () => {
    for (const [code, row] of Object.entries(errorCodes)) {
      expect(row.status, code).toBeGreaterThanOrEqual(400);
      expect(row.status, code).toBeLessThan(600);
      if (row.status < 500) expect(row.exposed, code).toBe(true);
    }
  });

  it("is the table of docs/errors.md", async () => {
    const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");
    const cells = page.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    const rows = cells
      .filter(([, code]) => code?.startsWith("`BENTO_"))
      .map(([, code, status, bentoml, shown, about]) => [
        code?.slice(1, -1),
        { status: Number(status), bentoml: Number(bentoml), exposed: shown === "yes", about },
      ]);
    const source = await readFile(new URL("error-codes.ts", import.meta.url), "utf8");
    const comments = new Map(Array.from(source.matchAll(/\/\*\* (.*) \*\/\n {2}(BENTO_\w+):/g), ([, about, code]) => [code, about]));
    const table = Object.entries(errorCodes).map(([code, row]) => [code, { ...row, about: comments.get(code) }]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(table));
    expect(rows.map(([code]) => code)).toEqual(Object.keys(errorCodes));
  });
});
