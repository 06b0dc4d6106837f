import { BentoError, type JsonSchema } from "@bento/core";

import { checkContentType } from "../http/content-type.js";
import type { Incoming } from "../http/incoming.js";
import { type Packing, packingOf } from "../packing/packing.js";
import { branchesOf } from "../schema-branches.js";
import { type ContentEncoding, contentEncodingOf } from "./content-encoding.js";
import { isBytes } from "./is-bytes.js";

/** How a body is read that is not simply taken into memory. */
export type BodyPlan = BodyTarget & { readonly encoding: ContentEncoding | undefined };

/** What is made of it: a form, one file, or bytes. */
type BodyTarget =
  | { readonly into: "form"; readonly boundary: string; readonly input: JsonSchema }
  | { readonly into: "fields" }
  | { readonly into: "file"; readonly type: string | undefined; readonly disposition: string | undefined }
  | { readonly into: "bytes" };

/** Decides how the body of a request is read: `undefined` where it is JSON as it stands, or bytes. */
export type PlanBody = (incoming: Incoming) => BodyPlan | undefined;

/** An endpoint as far as its bodies are concerned. */
export interface BodyTaker {
  readonly isObjectInput: boolean;
  /** What a whole input may come in besides; see `packingsOfInput`. */
  readonly packings: readonly Packing[];
  readonly document: { readonly input: JsonSchema };
}

/**
 * How an endpoint takes bodies, by its schema.
 *
 * An object comes as JSON or as a form, a file as it is, whatever its type; so do bytes, which no type can be wrong for.
 * What the plan throws is a request whose body need not be looked at: BENTO_MEDIA_TYPE_UNSUPPORTED for a type or an
 * encoding that is not understood, BENTO_BAD_REQUEST for a form without a boundary that can be one.
 */
export function planBodies({ isObjectInput, packings, document: { input } }: BodyTaker): PlanBody {
  const roots = isObjectInput ? [] : branchesOf(input, input);
  if (roots.some(({ type }) => type === "file")) return planFile;
  if (roots.some(isBytes)) return planBytes;
  const plan: PlanBody = isObjectInput ? (incoming) => planObject(incoming, input) : planJson;
  if (packings.length === 0) return plan;
  return (incoming) => (packingOf(incoming, packings) === undefined ? plan(incoming) : encodedBytes(incoming));
}

function planFile(incoming: Incoming): BodyPlan {
  const type = incoming.header("content-type");
  refuseForm(type);
  const disposition = incoming.header("content-disposition");
  return { into: "file", type, disposition, encoding: contentEncodingOf(incoming.header("content-encoding")) };
}

function planBytes(incoming: Incoming): BodyPlan | undefined {
  refuseForm(incoming.header("content-type"));
  return encodedBytes(incoming);
}

function planJson(incoming: Incoming): BodyPlan | undefined {
  checkContentType(incoming.header("content-type"));
  return encodedBytes(incoming);
}

function planObject(incoming: Incoming, input: JsonSchema): BodyPlan | undefined {
  const type = incoming.header("content-type");
  const target = type === "application/json" || type === undefined ? undefined : formOf(type, input);
  if (target === undefined) return planJson(incoming);
  return { ...target, encoding: contentEncodingOf(incoming.header("content-encoding")) };
}

function encodedBytes(incoming: Incoming): BodyPlan | undefined {
  const encoding = contentEncodingOf(incoming.header("content-encoding"));
  return encoding === undefined ? undefined : { into: "bytes", encoding };
}

/** Characters of a boundary: RFC 2046 allows no more, and no others. */
const boundaryCharacters = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;

function formOf(contentType: string, input: JsonSchema): BodyTarget | undefined {
  const type = mediaTypeOf(contentType);
  if (type === "application/x-www-form-urlencoded") return { into: "fields" };
  if (type !== "multipart/form-data") return undefined;
  const [, inQuotes, bare] = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/i.exec(contentType) ?? [];
  const boundary = inQuotes?.replaceAll(/\\(.)/g, "$1") ?? bare;
  if (boundary === undefined || boundary === "") {
    throw new BentoError("BENTO_BAD_REQUEST", "The content type multipart/form-data names no boundary.", {
      hint: "Leave the content type to what makes the form: it has to name the boundary that the form is cut by.",
    });
  }
  if (!boundaryCharacters.test(boundary)) {
    throw new BentoError("BENTO_BAD_REQUEST", `The boundary ${JSON.stringify(boundary.slice(0, 100))} can be none.`, {
      hint: "It has at most 70 letters, digits and '()+_,-./:=?.",
    });
  }
  return { into: "form", boundary, input };
}

/** A form has parts, of which none is the whole input. */
function refuseForm(contentType: string | undefined): void {
  if (contentType === undefined || mediaTypeOf(contentType) !== "multipart/form-data") return;
  throw new BentoError("BENTO_MEDIA_TYPE_UNSUPPORTED", "This endpoint takes the file itself as the body, not a form.", {
    hint: "Send the file's bytes with its own content type: curl --data-binary @file.",
  });
}

function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
