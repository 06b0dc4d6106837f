import { readFileSync } from "node:fs";
import type { DecoratorWorld } from "./create-project.js";

/** What a project uses beside Bento, in the versions that this repository is tested with. */
const versions = {
  zod: "4.6.7",
  "@types/node": "20.19.43",
  typescript: "7.0.2",
  vitest: "4.1.12",
  vite: "8.3.8",
  "@swc/core": "1.16.22",
  "unplugin-swc": "2.0.0",
} as const;

/** What compiles the decorators of a world: SWC for `bento serve`, and for tests where vite's own compiler does not. */
const compilers: Record<DecoratorWorld, readonly (keyof typeof versions)[]> = {
  standard: ["@swc/core", "unplugin-swc"],
  legacy: ["@swc/core"],
};

/** The `package.json` of a new project. */
export function packageJson(name: string, decorators: DecoratorWorld): string {
  const bento = `^${ownVersion()}`;
  const from = (names: readonly (keyof typeof versions)[]): Record<string, string> =>
    Object.fromEntries(names.toSorted().map((one) => [one, `^${versions[one]}`]));
  const manifest = {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: {
      build: "tsc",
      test: "tsc --noEmit && vitest run",
      save: "tsc && node --enable-source-maps dist/save-model.js",
      start: "tsc && node --enable-source-maps dist/main.js",
    },
    dependencies: {
      "@bento/client": bento,
      "@bento/sdk": bento,
      "@bento/server": bento,
      "@bento/store": bento,
      ...from(["zod"]),
    },
    devDependencies: {
      "@bento/cli": bento,
      ...from(["@types/node", "typescript", "vite", "vitest", ...compilers[decorators]]),
    },
    engines: { node: ">=20.19.0" },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** All packages of Bento are released under one version. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}
