import type { BentoIssue, Dimension, JsonSchema } from "@bento/core";
import * as z from "zod/v4";

/** What reading one value gave. */
export type KindResult<T> = { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly BentoIssue[] };

/** What has to wait for the value: begun only where waiting is possible, since what it reads may be there once. */
export type LaterResult<T> = () => Promise<KindResult<T>>;

/** What makes a kind: how it is told of, and how a value of it is read. */
export interface KindDefinition<Output> {
  /** Its JSON Schema, on both sides. */
  readonly document: JsonSchema;
  /** A type whose own document is the rest of it. */
  readonly like?: z.ZodType | undefined;
  /** Reads what came: what a caller gave in process, what a decoder made of the wire, or plain JSON. */
  readonly read: (value: unknown) => KindResult<Output> | LaterResult<Output>;
  /** A tensor's dimensions where one of them has a name: names stand for the same sizes in all of an input. */
  readonly shape?: readonly Dimension[] | undefined;
}

interface KindDef extends z.core.$ZodTypeDef {
  readonly type: "custom";
  readonly bento: KindDefinition<unknown>;
}

interface KindType extends z.ZodType {
  _zod: z.core.$ZodTypeInternals & { def: KindDef };
}

const base: z.core.$constructor<z.ZodType> = z.ZodType;

/**
 * The zod type behind every kind. Neither a codec nor a pipe would do: zod takes those for transformations, whose defaults
 * its documents leave out.
 */
const KindType: z.core.$constructor<KindType> = z.core.$constructor("BentoKind", (inst, def) => {
  base.init(inst, def);
  inst._zod.parse = (payload, { async: mayWait = false }) => {
    const result = def.bento.read(payload.value);
    if (typeof result !== "function") return taken(payload, result);
    if (!mayWait) throw new z.core.$ZodAsyncError();
    return result().then((later) => taken(payload, later));
  };
  // The document stands in zod's registry, from which clones inherit it: `.describe()` and `.refine()` make such.
  inst._zod.processJSONSchema = def.bento.like?._zod.processJSONSchema ?? ((): void => undefined);
});

/** A zod type that reads values of a kind; `.optional()`, `.nullable()`, `.default()` and all else work as on any other. */
export function makeKind<Output, Input>(definition: KindDefinition<Output>): z.ZodType<Output, Input> {
  const type = new KindType({ type: "custom", bento: definition });
  z.globalRegistry.add(type, { ...definition.document });
  return type as unknown as z.ZodType<Output, Input>;
}

/** A value that is what it should be. */
export function valid<T>(value: T): KindResult<T> {
  return { value };
}

/** A value with one thing wrong. @param path where in the value of the kind itself */
export function wrong(code: string, message: string, path: BentoIssue["path"] = []): { readonly issues: readonly BentoIssue[] } {
  return { issues: [{ path, message, code }] };
}

function taken(payload: z.core.ParsePayload, result: KindResult<unknown>): z.core.ParsePayload {
  if (result.issues === undefined) payload.value = result.value;
  else payload.issues.push(...result.issues.map(rawIssue));
  return payload;
}

/** As zod has its own: with a path that it may lengthen on the way up, and no full stop. */
function rawIssue({ path, message, code }: BentoIssue): z.core.$ZodRawIssue {
  return { path: [...path], message: message.replace(/\.$/, ""), code } as unknown as z.core.$ZodRawIssue;
}
