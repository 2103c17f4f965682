// The lesson's networks, computed in the browser by TensorFlow.js.
//
// `tf` is the library itself: the pages load it before this module. The files in
// `play/` are written by tools/export_site.py.

/* global tf */

export const PLAY = new URL("../play/", import.meta.url);
export const SIDE = 32; // pixels; an image is 32 x 32 x 3 numbers from 0 to 255
export const SIZE = SIDE * SIDE * 3;

// Start the part of the library that computes: WebAssembly, on the processor
export async function start() {
  tf.wasm.setWasmPaths(new URL("tf/", PLAY).href);
  await tf.setBackend("wasm");
  await tf.ready();
}

async function get(name) {
  const answer = await fetch(new URL(name, PLAY));
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return answer;
}

export const getJson = async (name) => (await get(name)).json();
export const getBytes = async (name) =>
  new Uint8Array(await (await get(name)).arrayBuffer());

// A network is a list of layers: what Keras wrote down of each, and its weights
export async function load(name) {
  const [layers, bytes] = await Promise.all([
    getJson(`${name}.json`),
    getBytes(`${name}.bin`),
  ]);
  const numbers = new Float32Array(bytes.buffer);
  let place = 0;
  return layers.map((layer) => ({
    ...layer,
    weights: layer.shapes.map((shape) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return tf.tensor(numbers.slice(place, (place += count)), shape);
    }),
  }));
}

// What each kind of layer does with its input, in prediction
const DO = {
  rescale: (x, { scale, offset }) => tf.add(tf.mul(x, scale), offset),
  conv2d: (x, { padding, weights: [filters, bias] }) => {
    const y = tf.conv2d(x, filters, 1, padding);
    return bias ? tf.add(y, bias) : y;
  },
  affine: (x, { weights: [factor, shift] }) => tf.add(tf.mul(x, factor), shift),
  maxpooling2d: (x) => tf.maxPool(x, 2, 2, "valid"),
  globalmaxpooling2d: (x) => tf.max(x, [1, 2]),
  flatten: (x) => tf.reshape(x, [x.shape[0], -1]),
  dense: (x, { weights: [weights, bias] }) => tf.add(tf.matMul(x, weights), bias),
  relu: (x) => tf.relu(x),
  dropout: (x) => x,
};

// Softmax, the activation of the last layer, is left out: see `probabilities`
export function apply(layer, x) {
  const y = DO[layer.kind](x, layer);
  return layer.activation === "relu" ? tf.relu(y) : y;
}

// The scores of images, a tensor of shape (n, 32, 32, 3): what softmax starts from.
// With `last`, what that layer gives instead; it counts from 0.
export const scores = (network, images, last = network.length - 1) =>
  network.slice(0, last + 1).reduce((x, layer) => apply(layer, x), images);

export const probabilities = (network, images) =>
  tf.tidy(() => tf.softmax(scores(network, images)));

// Where the first convolution is, whose outputs people can still read as pictures
export const firstConvolution = (network) =>
  network.findIndex((layer) => layer.kind === "conv2d");

// Draw one image, SIZE numbers, or one feature map, SIDE x SIDE of them or fewer
export function draw(canvas, numbers, side, channels) {
  const picture = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    for (let c = 0; c < 3; c++) {
      picture.data[4 * i + c] = numbers[channels * i + (channels === 3 ? c : 0)];
    }
    picture.data[4 * i + 3] = 255; // opaque
  }
  canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(picture, 0, 0);
}
