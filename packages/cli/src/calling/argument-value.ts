import type { BentoFile } from "@bento/core";
import { InvalidArgumentError } from "commander";
import type { GivenFiles } from "./given-files.js";
import { parseExactJson } from "./exact-json.js";
import { jsonLines } from "./json-lines.js";
import { shapeText } from "./shape-text.js";
import type { SchemaView, Shape } from "./shapes.js";

/** What is read on the command line, and how it is called in messages. */
interface Place {
  /** `--images`, or what stands for the whole input. */
  readonly name: string;
  readonly view: SchemaView;
  readonly files: GivenFiles;
}

/**
 * The value of an argument that may stand there several times, each of which is an item then.
 * @throws InvalidArgumentError, BENTO_FILE_NOT_FOUND
 */
export async function argumentValue(texts: readonly (string | true)[], place: Place): Promise<unknown> {
  const [first = true] = texts;
  if (texts.length === 1) return oneValue(first, place);
  if (!place.view.shapes().has("list"))
    throw new InvalidArgumentError(`${place.name} stands there ${texts.length} times, but takes one value.`);
  return Promise.all(texts.map((text) => oneValue(text, { ...place, view: place.view.items })));
}

/** The value of one text: what it says, or what the file holds that `@` names. */
export async function oneValue(text: string | true, place: Place): Promise<unknown> {
  const shapes = place.view.shapes();
  if (text === true) {
    if (shapes.has("boolean") || shapes.has("any")) return true;
    throw new InvalidArgumentError(`${place.name} has no value; it takes ${shapeText(place.view)}.`);
  }
  if (text.startsWith("@@")) return textValue(text.slice(1), place, shapes);
  if (text.startsWith("@")) return fileValue(await place.files.open(text.slice(1)), text, place, shapes);
  return textValue(text, place, shapes);
}

async function fileValue(file: BentoFile, written: string, place: Place, shapes: ReadonlySet<Shape>): Promise<unknown> {
  if (shapes.has("file")) return file;
  // A list of files with one in it; any other list stands in the file.
  if (isListOf(place.view, "file")) return [file];
  if (shapes.has("bytes")) return file.bytes();
  if (place.view.isStream) return jsonLines(file, place.name);
  const content = await file.text();
  return isTextAlone(shapes) ? content : jsonValue(content, place, shapes, `what ${written} holds`);
}

function textValue(text: string, place: Place, shapes: ReadonlySet<Shape>): unknown {
  if (isTextAlone(shapes)) return text === "null" && shapes.has("null") ? null : text;
  if (shapes.has("bytes")) return new TextEncoder().encode(text);
  if (shapes.has("file") || isListOf(place.view, "file")) {
    // The server fetches it, if it does such things.
    if (/^(?:https?:\/\/|data:)/i.test(text)) return shapes.has("file") ? text : [text];
    throw new InvalidArgumentError(
      `${place.name} takes a file: write @ and its path, as in ${place.name} @./cat.png, or @- for what is piped in.`,
    );
  }
  return jsonValue(text, place, shapes, JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text));
}

/** @param shown how a message names the text */
function jsonValue(text: string, place: Place, shapes: ReadonlySet<Shape>, shown: string): unknown {
  try {
    return holdsIntegers(place.view) ? parseExactJson(text) : JSON.parse(text);
  } catch {
    if (shapes.has("text") || shapes.has("any")) return text;
    if (isListOf(place.view, "text")) return [text];
    throw new InvalidArgumentError(`${place.name} takes ${shapeText(place.view)} as JSON, which ${shown} is not.`);
  }
}

/** Whether there are integers in it, which may have more digits than JavaScript's numbers hold. */
function holdsIntegers({ schema, root }: SchemaView): boolean {
  return /"integer"|"u?int64"/.test(JSON.stringify([schema, root["$defs"]]));
}

function isTextAlone(shapes: ReadonlySet<Shape>): boolean {
  return shapes.has("text") && [...shapes].every((shape) => shape === "text" || shape === "null");
}

function isListOf(view: SchemaView, shape: Shape): boolean {
  return view.schema["type"] === "array" && view.items.shapes().has(shape);
}
