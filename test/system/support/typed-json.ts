/** A Python value as JSON: what JSON cannot tell apart stands in an object with `$type`; see `typed_values.py`. */
export type TypedJson = null | boolean | number | string | readonly TypedJson[] | { readonly [key: string]: TypedJson };
