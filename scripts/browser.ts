// A browser for tests and pictures, without a window. On Linux x64 it is the Chromium of a development
// dependency, elsewhere the Chrome that is installed.
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

const args = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** WebGPU on the software adapter that Chromium brings. */
const webGpu = ['--headless=new', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Throws where there is no browser that starts; close it in the end. */
export async function openBrowser({ gpu = false } = {}): Promise<Browser> {
  const all = gpu ? [...args, ...webGpu] : args;
  if (process.platform === 'linux' && process.arch === 'x64') {
    return playwright.launch({ executablePath: await chromium.executablePath(), args: all });
  }
  try {
    return await playwright.launch({ channel: 'chrome', args: all });
  } catch (cause) {
    const message = `Google Chrome is needed on ${process.platform} ${process.arch}; install it`;
    throw new Error(message, { cause });
  }
}
