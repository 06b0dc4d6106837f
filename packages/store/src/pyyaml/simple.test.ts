import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { home } from "../../test/typed-values.js";
import { dumpPyYaml } from "./dump.js";
import { readAny } from "./parse.js";
import { readSimple } from "./simple.js";

const documents = Object.values(home.models.items).map((model) => model.model_yaml);

describe("readSimple", () => {
  it("reads most of what Python wrote, as the library path does", () => {
    const read = documents.filter((text) => readSimple(text) !== undefined);
    expect(read.length).toBeGreaterThan(documents.length * 0.8);
    for (const text of read) {
      expect(readSimple(text)).toEqual(readAny(text));
      expect(dumpPyYaml(readSimple(text))).toBe(dumpPyYaml(readAny(text)));
    }
  });

  it("gives up on, or reads exactly like the library, any damaged document", () => {
    const piece = fc.constantFrom(
      "\n",
      "  ",
      " ",
      "- ",
      ": ",
      ":",
      "'",
      '"',
      "? ",
      "{",
      "]",
      "#",
      " #",
      "&a ",
      "*a",
      "!",
      "|",
      "---\n",
      "...",
      "<<",
      "=",
      "x",
      "-",
      "\t",
      "",
    );
    const cut = fc.record({ document: fc.constantFrom(...documents), at: fc.nat(), remove: fc.nat({ max: 4 }), piece });
    let accepted = 0;
    fc.assert(
      fc.property(cut, fc.nat({ max: 30 }), ({ document, at, remove, piece: inserted }, count) => {
        const lines = document.split("\n");
        const first = at % lines.length;
        const part = `${lines.slice(first, first + count + 1).join("\n")}\n`;
        const place = at % part.length;
        const text = part.slice(0, place) + inserted + part.slice(place + remove);
        const simple = readSimple(text);
        if (simple === undefined) return;
        accepted += 1;
        expect(dumpPyYaml(simple)).toBe(dumpPyYaml(readAny(text)));
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
