import process from 'node:process';

// The library would report its sessions to its maker, and keep an id of the machine and the unsent reports in the user's
// cache folder. It asks for this when the first session is made; nobody's experiments are anybody else's business.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

export { env, InferenceSession, Tensor } from 'onnxruntime-node';
