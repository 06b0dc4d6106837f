import swc from "unplugin-swc";
import { defineConfig } from "vitest/config";

// Vite's own compiler leaves standard decorators as they are, and Node does not know them yet; SWC compiles them.
const decorators = swc.vite({
  jsc: { parser: { syntax: "typescript", decorators: true }, transform: { decoratorVersion: "2022-03" }, target: "es2022" },
});

export default defineConfig({ plugins: [decorators], oxc: false, test: { include: ["src/**/*.test.ts"] } });
