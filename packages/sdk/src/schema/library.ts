import type { Schema } from "@bento/core";

/** The internals that tell schema libraries apart: by structure, never by import, since several copies may be loaded. */
export interface SchemaInternals {
  readonly "~standard": Schema["~standard"] & { readonly jsonSchema?: StandardJsonSchema };
  /** zod 4, zod/mini. */
  readonly _zod?: { readonly def: ZodDef };
  /** zod 3; other libraries may have it too, so the vendor counts as well. */
  readonly _def?: Zod3Def;
}

/** The part of the Standard JSON Schema interface that is used here. */
export interface StandardJsonSchema {
  input(options: StandardJsonSchemaOptions): Record<string, unknown>;
  output(options: StandardJsonSchemaOptions): Record<string, unknown>;
}

interface StandardJsonSchemaOptions {
  readonly target: "draft-2020-12" | "draft-07";
  readonly libraryOptions?: Record<string, unknown>;
}

interface ZodDef {
  readonly type: string;
  readonly innerType?: SchemaInternals;
  readonly in?: SchemaInternals;
  readonly out?: SchemaInternals;
  readonly getter?: () => SchemaInternals;
}

interface Zod3Def {
  readonly typeName?: string;
  readonly innerType?: SchemaInternals;
  readonly type?: unknown;
  readonly schema?: SchemaInternals;
  readonly in?: SchemaInternals;
  readonly out?: SchemaInternals;
  readonly getter?: () => SchemaInternals;
  readonly effect?: { readonly type: string };
}

/** The two sides of a schema: what goes in and what comes out. */
export type SchemaSide = "input" | "output";

/** Which way a schema becomes JSON Schema. */
export type SchemaLibrary = "zod 4" | "zod 3" | "standard" | "plain";

/** Whether a value follows Standard Schema; some libraries' schemas are functions. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard: unknown = (value as Partial<SchemaInternals>)["~standard"];
  return typeof standard === "object" && standard !== null && typeof (standard as { validate?: unknown }).validate === "function";
}

/** The library of a schema. `plain` is a Standard Schema that offers no JSON Schema. */
export function libraryOf(schema: Schema): SchemaLibrary {
  const internals = internalsOf(schema);
  if (internals._zod !== undefined) return "zod 4";
  if (internals._def !== undefined && internals["~standard"].vendor === "zod") return "zod 3";
  return internals["~standard"].jsonSchema === undefined ? "plain" : "standard";
}

/** A schema with the parts that only its own library promises. */
export function internalsOf(schema: Schema): SchemaInternals {
  return schema;
}

/** What a library says of its schema through Standard JSON Schema; a library that does not know the newest draft may know the common one. */
export function standardDocument(schema: Schema, side: SchemaSide): Record<string, unknown> {
  const { jsonSchema } = internalsOf(schema)["~standard"];
  if (jsonSchema === undefined) return {};
  try {
    return jsonSchema[side]({ target: "draft-2020-12" });
  } catch {
    return jsonSchema[side]({ target: "draft-07" });
  }
}

/**
 * Whether one side of a schema is a plain object with named properties. Records, unions and intersections are not:
 * as in BentoML they are one root value.
 */
export function isObjectSchema(schema: Schema, side: SchemaSide): boolean {
  const internals = internalsOf(schema);
  switch (libraryOf(schema)) {
    case "zod 4":
      return isZodObject(internals, side);
    case "zod 3":
      return isZod3Object(internals, side);
    case "standard": {
      const document = standardDocument(schema, side);
      return document["type"] === "object" && "properties" in document;
    }
    case "plain":
      return false;
  }
}

function isZodObject(schema: SchemaInternals | undefined, side: SchemaSide): boolean {
  if (schema?._zod === undefined) return false;
  const { def } = schema._zod;
  switch (def.type) {
    case "object":
      return true;
    case "optional":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return isZodObject(def.innerType, side);
    case "pipe":
      return isZodObject(side === "input" ? def.in : def.out, side);
    case "lazy":
      return isZodObject(def.getter?.(), side);
    default:
      return false;
  }
}

function isZod3Object(schema: SchemaInternals | undefined, side: SchemaSide): boolean {
  if (schema?._def === undefined) return false;
  const def = schema._def;
  switch (def.typeName ?? "") {
    case "ZodObject":
      return true;
    case "ZodOptional":
    case "ZodDefault":
    case "ZodReadonly":
    case "ZodCatch":
      return isZod3Object(def.innerType, side);
    case "ZodBranded":
      return isZod3Object(def.type as SchemaInternals, side);
    case "ZodPipeline":
      return isZod3Object(side === "input" ? def.in : def.out, side);
    case "ZodEffects":
      // A refinement keeps the type; a transformation only what goes in, a preprocessing only what comes out.
      return (
        (def.effect?.type === "refinement" || (def.effect?.type === "transform") === (side === "input")) && isZod3Object(def.schema, side)
      );
    case "ZodLazy":
      return isZod3Object(def.getter?.(), side);
    default:
      return false;
  }
}
