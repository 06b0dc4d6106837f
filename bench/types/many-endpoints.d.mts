/**
 * What checking the types of a service of so many endpoints costs, against the packages as they are built.
 * @returns how many types the compiler made of generic ones, and the seconds that checking took it, without reading files
 */
export function checkEndpoints(count: number): { readonly instantiations: number; readonly seconds: number };

/** Seconds of processor time of the whole compiler for a service of so many endpoints; of an empty project for none. */
export function processorSeconds(count: number): number;
