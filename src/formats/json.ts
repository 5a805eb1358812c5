/** JSON read strictly: an object that has a key twice is an error, not a choice between the two values. */

/** A key that some object has twice. `json` must be valid JSON. */
export function findDuplicateKey(json: string): string | undefined {
  const scopes: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '{' || c === '[') scopes.push(new Set());
    else if (c === '}' || c === ']') scopes.pop();
    else if (c === '"') {
      const start = i;
      for (i++; json[i] !== '"'; i++) if (json[i] === '\\') i++;
      let next = i + 1;
      while (' \t\r\n'.includes(json[next] ?? '.')) next++;
      if (json[next] !== ':') continue;
      const key = JSON.parse(json.slice(start, i + 1)) as string;
      const keys = scopes.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/** Throws a `SyntaxError`. Own keys only are the text's: `__proto__` is a key like any other. */
export function parseJson(json: string): unknown {
  const value: unknown = JSON.parse(json);
  const twice = findDuplicateKey(json);
  if (twice !== undefined) throw new SyntaxError(`the key ${JSON.stringify(twice)} is there twice`);
  return value;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
