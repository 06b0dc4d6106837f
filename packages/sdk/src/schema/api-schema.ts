import type { BentoIssue, JsonSchema, Schema } from "@bento/core";
import type { ApiSchema, SchemaResult } from "../spec.js";
import { isObjectSchema, type SchemaSide } from "./library.js";

type StandardResult = Awaited<ReturnType<Schema["~standard"]["validate"]>>;
type StandardIssue = NonNullable<StandardResult["issues"]>[number];

/** A schema of any library as the runtime uses it: `side` says which end of it the caller sees. */
export function apiSchema(schema: Schema, side: SchemaSide): ApiSchema {
  const standard = schema["~standard"];
  const documents = new Map<SchemaSide, Promise<JsonSchema>>();
  return {
    isObject: isObjectSchema(schema, side),
    validate: (value) => {
      const result = standard.validate(value);
      return result instanceof Promise ? result.then(schemaResult) : schemaResult(result);
    },
    jsonSchema: (of) => {
      let document = documents.get(of);
      if (document === undefined) documents.set(of, (document = makeDocument(schema, of)));
      return document;
    },
  };
}

/** The converters come along only when somebody wants a document: they would be a tenth of the sdk's import. */
async function makeDocument(schema: Schema, side: SchemaSide): Promise<JsonSchema> {
  const { jsonSchemaOf } = await import("./json-schema.js");
  return jsonSchemaOf(schema, side);
}

function schemaResult(result: StandardResult): SchemaResult {
  return result.issues === undefined ? result : { issues: result.issues.map(bentoIssue) };
}

/** Libraries say more of an issue than Standard Schema asks: zod and arktype give a `code`, valibot a `type`. */
function bentoIssue(issue: StandardIssue): BentoIssue {
  const { code, type } = issue as { readonly code?: unknown; readonly type?: unknown };
  const named = typeof code === "string" ? code : type;
  return {
    path: Array.from(issue.path ?? [], pathKey),
    message: issue.message,
    code: typeof named === "string" ? named : "custom",
  };
}

function pathKey(segment: NonNullable<StandardIssue["path"]>[number]): string | number {
  const key: unknown = typeof segment === "object" ? segment.key : segment;
  return typeof key === "number" ? key : String(key);
}
