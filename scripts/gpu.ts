// Which environment variables this project's own commands need to find a WebGPU adapter.
//
// Where the system has a Vulkan (or Metal, or D3D12) adapter that Dawn accepts: none. On linux x64
// without one: those that make the Vulkan loader find SwiftShader, a software adapter that comes
// with a development dependency. They must be set before Node starts, so this cannot be done inside
// the process that needs the adapter. REPARAM_ADAPTER=swiftshader asks for SwiftShader even where
// there is a better adapter.
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-fs';

const root = join(import.meta.dirname, '..');
const advice =
  'install mesa-vulkan-drivers (on Debian 12 from bookworm-backports) or the driver of your GPU';

/** The variables to add to the environment of a process that needs an adapter. */
export async function gpuEnvironment(): Promise<Record<string, string>> {
  const wish = process.env['REPARAM_ADAPTER'];
  if (wish !== undefined && wish !== 'swiftshader') {
    throw new Error(`REPARAM_ADAPTER is '${wish}'; the only value it can have is 'swiftshader'`);
  }
  const forced = wish === 'swiftshader';
  if (!forced && hasAdapter(process.env)) return {};

  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      forced
        ? 'REPARAM_ADAPTER=swiftshader works on linux x64 only'
        : `no WebGPU adapter found: ${advice}`,
    );
  }
  const variables = swiftshaderVariables(await unpackSwiftshader());
  if (!hasAdapter({ ...process.env, ...variables })) {
    throw new Error(`no WebGPU adapter found, and SwiftShader does not start here: ${advice}`);
  }
  if (!forced) {
    process.stderr.write(
      `No Vulkan adapter found, using the slow software adapter SwiftShader; for a better one, ${advice}.\n`,
    );
  }
  return variables;
}

/** Asks Dawn in a child process, since a loader or driver that misbehaves may end the process. */
function hasAdapter(env: NodeJS.ProcessEnv): boolean {
  const probe = `
    import { create } from 'webgpu';
    process.exit((await create([]).requestAdapter()) === null ? 1 : 0);`;
  const options = { cwd: root, env, stdio: 'ignore', timeout: 60_000 } as const;
  return spawnSync(process.execPath, ['--input-type=module', '-e', probe], options).status === 0;
}

function swiftshaderVariables(folder: string): Record<string, string> {
  const others = process.env['LD_LIBRARY_PATH'];
  const driver = join(folder, 'vk_swiftshader_icd.json');
  return {
    LD_LIBRARY_PATH: others ? `${folder}:${others}` : folder,
    // The newer name of the variable wins where both are set; older loaders only know the older one.
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver,
  };
}

/** Unpacks SwiftShader and its Vulkan loader once, and returns the folder they are in. */
async function unpackSwiftshader(): Promise<string> {
  const archive = join(root, 'node_modules/@sparticuz/chromium/bin/swiftshader.tar.br');
  const cache = join(root, 'node_modules/.cache');
  const folder = join(cache, 'reparam-swiftshader');
  if (existsSync(folder)) return folder;

  // Into a folder of our own first: whoever sees the final name sees all of its files.
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(`${folder}-`);
  const wanted = /(libvulkan\.so\.1|libvk_swiftshader\.so|vk_swiftshader_icd\.json)$/;
  await pipeline(
    createReadStream(archive),
    createBrotliDecompress(),
    extract(temporary, {
      ignore: (_, header) => header?.type === 'file' && !wanted.test(header.name),
    }),
  );
  try {
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // else another process was first
  }
  return folder;
}
