import { BentoError, type JsonSchema, type Schema } from "@bento/core";
import { internalsOf, libraryOf, type SchemaInternals, type SchemaSide, standardDocument } from "./library.js";
import { tidy } from "./tidy.js";

/** A Date travels as ISO text; core's reviver makes a Date of it again. */
const date = { type: "string", format: "date-time", "x-bento-type": "date" };
/** A bigint travels as a number or as its digits. */
const bigint = { type: "integer", format: "int64", "x-bento-type": "bigint" };

/**
 * The JSON Schema of one side of a schema, whichever library it is from; `{}` from a library that offers none.
 * Converters are loaded at first use, and zod's own comes with the user's schema.
 * @throws BENTO_SERVICE_INVALID when the library cannot convert it
 */
export async function jsonSchemaOf(schema: Schema, side: SchemaSide): Promise<JsonSchema> {
  const internals = internalsOf(schema);
  try {
    return tidy(await convert(internals, schema, side));
  } catch (error) {
    const why = BentoError.from(error).message;
    throw new BentoError("BENTO_SERVICE_INVALID", `A schema of ${internals["~standard"].vendor} cannot be written as JSON Schema: ${why}`, {
      hint: "Describe the part that has no JSON form with a schema that has one, and transform it.",
      cause: error,
    });
  }
}

async function convert(internals: SchemaInternals, schema: Schema, side: SchemaSide): Promise<Record<string, unknown>> {
  const standard = internals["~standard"].jsonSchema;
  switch (libraryOf(schema)) {
    case "zod 4":
      if (standard !== undefined) return standard[side]({ target: "draft-2020-12", libraryOptions: zodOptions });
      return convertOldZod4(schema, side);
    case "zod 3":
      return convertZod3(schema, side);
    case "standard":
      return standardDocument(schema, side);
    case "plain":
      return {};
  }
}

const zodOptions = {
  unrepresentable: "any",
  override: ({ zodSchema, jsonSchema }: { zodSchema: SchemaInternals; jsonSchema: Record<string, unknown> }): void => {
    const type = zodSchema._zod?.def.type;
    if (type === "date") Object.assign(jsonSchema, date);
    if (type === "bigint") Object.assign(jsonSchema, bigint);
  },
};

/** zod 4.0 and 4.1 convert only through their package. */
async function convertOldZod4(schema: Schema, side: SchemaSide): Promise<Record<string, unknown>> {
  const { toJSONSchema } = await import("zod/v4/core");
  return toJSONSchema(schema as never, { ...(zodOptions as object), io: side, target: "draft-2020-12" });
}

async function convertZod3(schema: Schema, side: SchemaSide): Promise<Record<string, unknown>> {
  const { zodToJsonSchema } = await import("zod-to-json-schema");
  return zodToJsonSchema(schema as never, {
    target: "jsonSchema2019-09",
    $refStrategy: "root",
    pipeStrategy: side,
    effectStrategy: side === "input" ? "input" : "any",
    // What comes out need not be closed, and what goes in is read leniently.
    removeAdditionalStrategy: "strict",
    postProcess: (converted, def) => {
      const { typeName } = def as { readonly typeName?: string };
      if (typeName === "ZodDate") return date as never;
      return typeName === "ZodBigInt" ? (bigint as never) : converted;
    },
  });
}
