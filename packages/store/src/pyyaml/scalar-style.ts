import { scalarKind } from "./resolve.js";

/** How a scalar is written. */
export type ScalarStyle = "plain" | "single" | "double";

/** What decides how a text can be written. */
export interface TextLook {
  /** Spans lines, so that it cannot be a key on one line. */
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
}

const lineBreak = /[\n\u0085\u2028\u2029]/;
const printable = /^[\n\x20-\x7E]*$/;
const leadingIndicator = /^[#,[\]{}&*!|>'"%@`]|^[?:-](?:$|[\0 \t\r\n\u0085\u2028\u2029])|^(?:---|\.\.\.)/;
const innerIndicator = /.:(?:$|[\0 \t\r\n\u0085\u2028\u2029])|[\0 \t\r\n\u0085\u2028\u2029]#/s;
/** A break after a space, or a space after a break: quotes that fold would lose them. */
const lostSpaces = / [\n\u0085\u2028\u2029]/;
const lostIndent = /[\n\u0085\u2028\u2029] /;

/** @source PyYAML 6.0 `Emitter.analyze_scalar`, for block context and ASCII output. */
export function lookAt(text: string): TextLook {
  const multiline = lineBreak.test(text);
  const single = printable.test(text) && !lostSpaces.test(text) && !lostIndent.test(text);
  const plain = single && !multiline && !/^ | $/.test(text) && !leadingIndicator.test(text) && !innerIndicator.test(text);
  return { multiline, plain, single };
}

/**
 * The style that PyYAML chooses for a string.
 * @param key whether it is the key of a map, written on one line
 */
export function stringStyle(text: string, look: TextLook, key: boolean): ScalarStyle {
  if (look.plain && scalarKind(text) === "str") return "plain";
  return look.single && !(key && look.multiline) ? "single" : "double";
}
