import type { JsonSchema } from "@bento/core";

import { fieldsOf, valueOf } from "./form-fields.js";
import { maxTextBytes, textsTooLarge } from "./form-error.js";
import { isText, type PartHead } from "./part-head.js";
import { type Content, Upload } from "./upload.js";

/** One part of a form: a field with a value, or a file. */
export class FormPart extends Upload {
  readonly name: string;

  constructor({ name, filename, type }: PartHead, content: Content) {
    super(content, filename, type);
    this.name = name;
  }

  /** Whether it is a value as text, rather than a file. */
  get isText(): boolean {
    return isText(this);
  }
}

/** What came as a form, in the order in which it came. */
export class Form {
  readonly parts: readonly FormPart[];

  constructor(parts: readonly FormPart[]) {
    this.parts = parts;
  }

  /**
   * As the object that a schema then judges.
   * @param input the endpoint's input schema
   * @throws BENTO_BAD_REQUEST naming the field
   * @throws BENTO_PAYLOAD_TOO_LARGE for too much text, all of which may be JSON
   */
  toObject(input: JsonSchema): Record<string, unknown> {
    const textBytes = this.parts.reduce((size, part) => size + (part.isText ? part.byteLength : 0), 0);
    if (textBytes > maxTextBytes) throw textsTooLarge();
    const fields = fieldsOf(input);
    const byName = new Map<string, FormPart[]>();
    for (const part of this.parts) {
      const parts = byName.get(part.name);
      if (parts === undefined) byName.set(part.name, [part]);
      else parts.push(part);
    }
    return Object.fromEntries([...byName].map(([name, parts]) => [name, valueOf(parts, fields.get(name))]));
  }
}
