import { button, h, tellChange } from "../dom.js";
import { listOf } from "../schema.js";
import { Field } from "./field.js";
import { type Input, type Key, type Place, readPart } from "./input.js";

interface Item {
  readonly field: Field;
  readonly element: HTMLElement;
}

/** Values one after another, each in an input of its own; more can be added, and any taken away. */
export function listInput(itemSchema: unknown, place: Place): Input {
  const items: Item[] = [];
  const list = h("div", { class: "items" });
  const add = (initial: unknown): void => {
    const within = { ...place, depth: place.depth + 1, initial };
    const field = new Field({ name: `item ${items.length + 1}`, schema: itemSchema, isRequired: true }, within);
    const item: Item = {
      field,
      element: h(
        "div",
        { class: "item" },
        field.element,
        button("Remove", () => remove(item), { class: "quiet" }),
      ),
    };
    items.push(item);
    list.append(item.element);
  };
  const remove = (item: Item): void => {
    items.splice(items.indexOf(item), 1);
    item.element.remove();
    tellChange(list);
    more.focus();
  };
  const more = button("Add an item", () => {
    add(undefined);
    tellChange(list);
  });
  const first = listOf(place.initial);
  for (const value of Array.isArray(place.initial) ? first : [undefined]) add(value);
  return { element: h("div", {}, list, more), ...partsOf(() => items.map(({ field }) => field)) };
}

/** A fixed number of values, each of its own kind. */
export function tupleInput(schemas: readonly unknown[], place: Place): Input {
  const initial = listOf(place.initial);
  const fields = schemas.map((schema, index) => {
    const within = { ...place, depth: place.depth + 1, initial: initial[index] };
    return new Field({ name: `item ${index + 1}`, schema, isRequired: true }, within);
  });
  return { element: h("div", { class: "fields nested" }, ...fields.map(({ element }) => element)), ...partsOf(() => fields) };
}

function partsOf(fields: () => readonly Field[]): Required<Pick<Input, "read" | "mark" | "clear">> {
  return {
    read: () => fields().map((field, index) => readPart(index, () => field.read())),
    mark: ([key, ...rest]: readonly Key[], message) => {
      const field = fields()[Number(key)];
      field?.mark(rest, message);
      return field !== undefined;
    },
    clear: () => {
      for (const field of fields()) field.clear();
    },
  };
}
