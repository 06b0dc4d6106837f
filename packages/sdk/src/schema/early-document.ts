import type { JsonSchema } from "@bento/core";
import { internalsOf, isSchema, libraryOf, type SchemaSide, standardDocument } from "./library.js";

/**
 * What can be told of a schema at once, before any converter is loaded: JSON Schema as its library writes it, or
 * `undefined`. Good for looking at, not for publishing.
 */
export function earlyDocument(schema: unknown, side: SchemaSide): JsonSchema | undefined {
  if (!isSchema(schema)) return undefined;
  try {
    switch (libraryOf(schema)) {
      case "zod 4":
        return internalsOf(schema)["~standard"].jsonSchema?.[side]({ target: "draft-2020-12", libraryOptions: { unrepresentable: "any" } });
      case "standard":
        return standardDocument(schema, side);
      case "zod 3":
      case "plain":
        return undefined;
    }
  } catch {
    // Whoever asks for the document itself is told why there is none.
    return undefined;
  }
}
