// The page in examples/web, served to browsers on this machine.
import { join } from 'node:path';
import { context } from 'esbuild';

const folder = join(import.meta.dirname, '../examples/web');

/** On a free port unless one is given. Throws where the port is taken. */
export async function serveWeb(port = 0): Promise<{ url: string; close: () => Promise<void> }> {
  const server = await context({
    entryPoints: [join(folder, 'main.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'inline',
    outdir: join(folder, 'out'),
    write: false,
    logLevel: 'silent',
  });
  // Browsers have WebGPU on localhost, and on other hosts over https only.
  try {
    const served = await server.serve({ servedir: folder, host: '127.0.0.1', port });
    return { url: `http://localhost:${served.port}/`, close: async () => server.dispose() };
  } catch (error) {
    await server.dispose();
    throw error;
  }
}
