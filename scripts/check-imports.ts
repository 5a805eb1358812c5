// Checks which folder imports which, which packages each folder may use, and that nothing is
// imported in a circle. Type-only imports count: who needs another's types depends on it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { parseCircular, parseDependencyTree } from 'dpdm';

type Rule = {
  /** Folders, or single files, of this project that may be imported. */
  readonly own: readonly string[];
  /** Packages that may be imported; 'all' are those that package.json names, and Node's modules. */
  readonly packages: readonly string[] | 'all' | 'any';
};

const product = ['ir', 'passes', 'codegen', 'src'];
const command = 'src/cli';

const rules: Readonly<Record<string, Rule>> = {
  ir: { own: ['ir'], packages: [] },
  // immer is for the rule driver; evaluation, lowering and the runtime stay free of it.
  passes: { own: ['ir', 'passes'], packages: ['immer'] },
  codegen: { own: ['ir', 'codegen'], packages: [] },
  // Node's modules are for what only runs there.
  src: { own: product, packages: ['webgpu', '@bufbuild/protobuf', 'node:'] },
  // Only tests import this: a library must not bring what a command needs.
  [command]: {
    own: [...product, command],
    packages: ['commander', 'jpeg-js', 'npyjs', 'pica', 'pngjs', 'yocto-spinner', 'node:'],
  },
  'src/tuning': { own: product, packages: ['idb-keyval', 'node:'] },
  'src/report': { own: product, packages: ['@dagrejs/dagre', 'd3-scale', 'd3-shape', 'node:'] },
  // What a newcomer reads uses nothing but the public face.
  examples: { own: ['src/index.ts', 'examples'], packages: 'all' },
  test: { own: [...product, command, 'scripts', 'bench', 'test'], packages: 'all' },
  scripts: { own: [...product, 'scripts'], packages: 'all' },
  // The peers it measures against are in a package.json of its own.
  bench: { own: [...product, 'scripts', 'bench'], packages: 'any' },
};

const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** The narrowest folder with a rule that has the file. */
const folderOf = (file: string): string =>
  Object.keys(rules)
    .filter((folder) => file.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0]!;

function packageProblem(folder: string, request: string): string | undefined {
  const name = packageName(request);
  const { packages } = rules[folder]!;
  if (packages === 'any') return undefined;
  if (packages === 'all') {
    return name === 'node:' || name in dependencies || name in devDependencies
      ? undefined
      : 'is not in package.json';
  }
  if (!packages.includes(name)) return `may not be used in ${folder}/`;
  return name === 'node:' || name in dependencies ? undefined : 'is not among the dependencies';
}

function packageName(request: string): string {
  if (isBuiltin(request)) return 'node:';
  return request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/');
}

function ownProblem(folder: string, id: string): string | undefined {
  const { own } = rules[folder]!;
  const isIn = (one: string) => id === one || id.startsWith(`${one}/`);
  const allowed = own.some(isIn) && (!isIn(command) || own.includes(command));
  return allowed ? undefined : `${folder}/ may not import this`;
}

const folders = Object.keys(rules).filter((folder) => !folder.includes('/') && existsSync(folder));
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?[jt]s$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name)),
);
const tree = await parseDependencyTree(files, {});

const problems: string[] = [];
for (const file of files) {
  const folder = folderOf(file);
  const imports = tree[file];
  // An analysis that does not see a file would find no fault in it.
  if (!imports) problems.push(`${file} was not analysed`);
  for (const { request, id } of imports ?? []) {
    const relative = request.startsWith('.') || request.startsWith('/');
    const problem = relative
      ? id === null
        ? 'does not exist'
        : ownProblem(folder, id)
      : packageProblem(folder, request);
    if (problem !== undefined) problems.push(`${file}: import of '${request}': ${problem}`);
  }
}
for (const cycle of parseCircular(tree)) {
  problems.push(`imported in a circle: ${[...cycle, cycle[0]].join(' -> ')}`);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`imports of ${files.length} files: in order`);
