import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { compile, swcOptions } from "./compile.js";
import { loadCompiler } from "./load-compiler.js";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "bento-compile-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("without a compiler it says how to get one", () => {
  const file = join(folder, "service.ts");
  expect(() => loadCompiler(file, [file])).toThrow(
    expect.objectContaining({
      code: "BENTO_ENTRY_INVALID",
      message: `${file} is TypeScript, and @swc/core, which compiles it, is not installed.`,
      hint: expect.stringContaining("npm install -D @swc/core") as string,
    }),
  );
});

describe("the world of decorators is that of the nearest tsconfig", () => {
  const options = (compilerOptions: object) => swcOptions("/a.ts", { options: compilerOptions, paths: () => [] }).jsc?.transform;

  test.each([
    [{}, { decoratorVersion: "2022-03", useDefineForClassFields: true }],
    [{ target: "es2021" }, { useDefineForClassFields: false }],
    [{ target: "ES6" }, { useDefineForClassFields: false }],
    [{ target: "ESNext" }, { useDefineForClassFields: true }],
    [{ experimentalDecorators: true }, { legacyDecorator: true, decoratorMetadata: false }],
    [
      { experimentalDecorators: true, emitDecoratorMetadata: true },
      { legacyDecorator: true, decoratorMetadata: true },
    ],
    [{ jsx: "react", jsxFactory: "h" }, { react: { runtime: "classic", pragma: "h" } }],
    [{ jsxImportSource: "preact" }, { react: { runtime: "automatic", importSource: "preact" } }],
  ])("%j", (given, transform) => {
    expect(options(given)).toMatchObject(transform);
  });

  test("also where the nearest only lists others", async () => {
    writeFileSync(join(folder, "tsconfig.json"), '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }');
    writeFileSync(join(folder, "tsconfig.app.json"), '{ "include": ["a.ts"], "compilerOptions": { "experimentalDecorators": true } }');
    const code = "declare const mark: ClassDecorator;\n@mark\nexport class A {}\n";
    expect(await compile(join(folder, "a.ts"), code)).toContain("_ts_decorate");
    expect(await compile(join(folder, "b.ts"), code)).not.toContain("_ts_decorate");
  });
});
