import fc from "fast-check";
import { expect, test } from "vitest";
import { ownIdentity } from "./process-identity.js";
import { formatLabel, parseLabel } from "./workspace.js";

const part = fc.stringMatching(/^[a-z0-9]([-._a-z0-9]{0,61}[a-z0-9])?$/);

const optional = fc.option(part, { nil: undefined });

test("a label can be read back from the folder's name, which fits every disk and differs each time", () => {
  fc.assert(
    fc.property(fc.constantFrom("bento", "bentos"), optional, optional, (kind, name, versionOfName) => {
      const label = { kind, owner: ownIdentity(), name, version: name === undefined ? undefined : versionOfName };
      const folder = formatLabel(label);
      expect(parseLabel(folder)).toEqual(label);
      expect(Buffer.byteLength(folder)).toBeLessThanOrEqual(255);
      expect(formatLabel(label)).not.toBe(folder);
    }),
  );
});

test.each([
  "",
  "x",
  "bento",
  "bento+a+b+c+d+e+f",
  "bento+p+1+s+r+NAME+v",
  "bento+p+1+s+r+name+v+more",
  "bento+p+1+s+r+../x+v",
  "bento_model_x",
  "bento+p+1+s+r++v",
  "+p+1+s+r+name+v",
])("%j is nobody's", (folder) => expect(parseLabel(folder)).toBeUndefined());
