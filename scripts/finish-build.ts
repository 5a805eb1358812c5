// What the compiler leaves to do in dist: the parts of the report's page, and that the command can be started.
import { chmodSync, cpSync } from 'node:fs';
import { basename } from 'node:path';

const page = 'src/report/page';
cpSync(page, `dist/${page}`, {
  recursive: true,
  filter: (file) => basename(file) !== 'tsconfig.json',
});
chmodSync('dist/src/cli/main.js', 0o755);
