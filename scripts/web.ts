// `npm run web [-- PORT]`: a page that takes an ONNX file and gives a plain one, on the GPU of the browser.
import { serveWeb } from './serve-web.ts';

const port = Number(process.argv[2] ?? 8000);
const { url } = await serveWeb(port);
console.log(`open ${url} in a browser with WebGPU; Ctrl+C ends`);
