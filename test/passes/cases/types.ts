/** By title. Types of nodes may be left out. */
export type Cases = Readonly<Record<string, { readonly before: string; readonly after: string }>>;
