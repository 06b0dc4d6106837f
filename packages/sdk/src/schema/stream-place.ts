import type { JsonSchema } from "@bento/core";
import { serviceInvalid } from "../service-invalid.js";
import type { SchemaSide } from "./library.js";

/**
 * Refuses a stream where it cannot be one: a connection carries one thing as it comes.
 * @param place which end of an endpoint the schema is
 * @throws BENTO_SERVICE_INVALID
 */
export function checkStreamPlace(document: JsonSchema, place: SchemaSide): void {
  const { "x-bento-stream": isStream, ...rest } = document;
  if (isStream === true && place === "output") {
    throw serviceInvalid(
      "A stream of values or of bytes stands as an output.",
      "Write the method as a generator, and give the schema of its items.",
    );
  }
  if (!JSON.stringify(rest).includes('"x-bento-stream":true')) return;
  throw serviceInvalid(
    "A stream of values or of bytes stands within another value.",
    "Make it the whole input: @api({ input: jsonLines(item) }); what else the method needs can come in headers or as its first item.",
  );
}
