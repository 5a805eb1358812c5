// `npm run web [-- PORT]`: a page that takes an ONNX file and gives a plain one, on the GPU of the browser.
import { serveWeb } from './serve-web.ts';

const port = Number(process.argv[2] ?? 8000);
if (Number.isInteger(port) && port >= 0 && port < 65536) {
  try {
    const { url } = await serveWeb(port);
    console.log(`open ${url} in a browser with WebGPU; Ctrl+C ends`);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    console.error(
      `the page cannot be served on port ${port}: ${reason}\nfor another: npm run web -- 8123`,
    );
    process.exit(1);
  }
} else {
  console.error(`"${process.argv[2]}" is no port: npm run web -- 8123`);
  process.exit(2);
}
