type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A foreign method decorator for both worlds: it wraps a method in a plain function that marks texts with a name. */
export function called(name: string) {
  const wrap = (method: Method): Method =>
    function (...args) {
      const result = method.apply(this, args);
      return typeof result === "string" ? `${name}(${result})` : result;
    };
  return <M extends (...args: never) => unknown>(...[value, , descriptor]: [unknown, unknown, TypedPropertyDescriptor<M>?]): never => {
    if (descriptor === undefined) return wrap(value as Method) as never;
    descriptor.value = wrap(descriptor.value as unknown as Method) as unknown as M;
    return undefined as never;
  };
}

/** A foreign class decorator for both worlds: it puts a subclass in the class's place. */
export function replaced(target: new () => object): never {
  return class Replaced extends target {} as never;
}
