import { register } from "node:module";

const key = Symbol.for("bento.typescript");
const shared = globalThis as { [key]?: true };

/**
 * Lets this process import TypeScript from now on, in both worlds of decorators, and name its lines in stacks.
 *
 * Nothing is compiled by it that Node or another loader can load.
 */
export function useTypeScript(): void {
  if (shared[key] === true) return;
  shared[key] = true;
  process.setSourceMapsEnabled(true);
  register(new URL("hooks.js", import.meta.url));
}
