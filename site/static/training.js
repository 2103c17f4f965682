// Training in the browser: forwards, backwards, and one step of `fit`.
//
// TensorFlow.js could find gradients by itself, but on WebAssembly it lacks that of a
// convolution. So each layer's gradient stands here, for those of the lesson's two
// networks. A test compares them with the gradients of Keras.

/* global tf */

import * as net from "./network.js";

// A network of the same layers that has learnt nothing: random weights, no biases, by
// the rule that Keras follows (Glorot's). Dropout comes before the first dense layer.
export function untrained(network, rate) {
  const fresh = network.map((layer) => ({
    ...layer,
    weights: layer.shapes.map((shape) => {
      if (shape.length === 1) return tf.variable(tf.zeros(shape));
      const [inputs, outputs] = shape.slice(-2);
      const places = shape.slice(0, -2).reduce((a, b) => a * b, 1);
      const limit = Math.sqrt(6 / (places * (inputs + outputs)));
      return tf.variable(tf.randomUniform(shape, -limit, limit));
    }),
  }));
  const place = fresh.findIndex(({ kind }) => kind === "dense");
  fresh.splice(place, 0, { kind: "dropout", rate, weights: [] });
  return fresh;
}

// For each output, 0 with the probability `rate`, else what makes up for the zeros
function mask(shape, rate) {
  const kept = tf.greaterEqual(tf.randomUniform(shape), rate);
  return tf.mul(tf.cast(kept, "float32"), 1 / (1 - rate));
}

// Each layer with its input and its output, for one batch in training
function forwards(network, images) {
  let x = images;
  return network.map((layer) => {
    const seen = { layer, x };
    if (layer.kind === "dropout" && layer.rate > 0) seen.mask = mask(x.shape, layer.rate);
    seen.y = x = seen.mask ? tf.mul(x, seen.mask) : net.apply(layer, x);
    return seen;
  });
}

// For each colour, each place in a filter meets all places of all images, and is paired
// there with the gradient of the output. That is a convolution, too: the images become
// the channels, the channels the images, and the gradient is one large filter.
function filterGradient(x, dy) {
  const filter = tf.transpose(dy, [1, 2, 0, 3]);
  const images = tf.transpose(x, [3, 1, 2, 0]);
  return tf.transpose(tf.conv2d(images, filter, 1, "valid"), [1, 2, 0, 3]);
}

// From the gradient of a layer's output, `dy`: that of its input, and of its weights
const BACK = {
  conv2d: (dy, { x, layer }, first) => ({
    dx: first ? null : tf.conv2dTranspose(dy, layer.weights[0], x.shape, 1, "valid"),
    weights: [filterGradient(x, dy), tf.sum(dy, [0, 1, 2])],
  }),
  dense: (dy, { x, layer }) => ({
    dx: tf.matMul(dy, layer.weights[0], false, true),
    weights: [tf.matMul(x, dy, true), tf.sum(dy, 0)],
  }),
  // To the largest of each four; where several are the same, to the first, as in Keras
  maxpooling2d: (dy, { x, y }) => ({
    dx: tf.engine().runKernel(
      "MaxPoolGrad",
      { dy, input: x, output: y },
      { filterSize: 2, strides: 2, pad: "valid" },
    ),
  }),
  dropout: (dy, seen) => ({ dx: seen.mask ? tf.mul(dy, seen.mask) : dy }),
  flatten: (dy, { x }) => ({ dx: tf.reshape(dy, x.shape) }),
};

// The gradients of all weights, in their order; the loss; how many answers are right
export function gradients(network, images, labels) {
  const seen = forwards(network, images);
  const scores = seen.at(-1).y;
  const found = [];
  // For softmax with cross-entropy, the gradient is what the answer is off by
  let dy = tf.div(tf.sub(tf.softmax(scores), labels), images.shape[0]);
  const first = net.firstConvolution(network);
  for (let n = network.length - 1; n >= first; n--) {
    if (network[n].activation === "relu") {
      dy = tf.mul(dy, tf.cast(tf.greater(seen[n].y, 0), "float32"));
    }
    const { dx, weights = [] } = BACK[network[n].kind](dy, seen[n], n === first);
    found.unshift(...weights);
    dy = dx;
  }
  return { found, ...judge(scores, labels) };
}

// The cross-entropy of the scores, a mean over the images, and the number of right ones
function judge(scores, labels) {
  const logs = tf.sum(tf.mul(labels, tf.logSoftmax(scores)), 1);
  const right = tf.equal(tf.argMax(scores, 1), tf.argMax(labels, 1));
  return {
    loss: -tf.mean(logs).dataSync()[0],
    right: tf.sum(tf.cast(right, "float32")).dataSync()[0],
  };
}

export const weightsOf = (network) => network.flatMap(({ weights }) => weights);

// Some images and their one-hot labels as tensors, by their places in the data
export function batchOf({ pixels, numbers }, places) {
  const images = new Float32Array(places.length * net.SIZE);
  places.forEach((place, n) => {
    images.set(pixels.subarray(place * net.SIZE, (place + 1) * net.SIZE), n * net.SIZE);
  });
  const labels = tf.oneHot(tf.tensor1d(places.map((p) => numbers[p]), "int32"), 10);
  return [
    tf.tensor(images, [places.length, net.SIDE, net.SIDE, 3]),
    tf.cast(labels, "float32"),
  ];
}

// One step: predict, compute the loss, find the gradient, change the weights
export const step = (network, optimizer, data, places) =>
  tf.tidy(() => {
    const { found, ...judged } = gradients(network, ...batchOf(data, places));
    const pairs = weightsOf(network).map((weight, n) => [weight.name, found[n]]);
    optimizer.applyGradients(Object.fromEntries(pairs));
    return judged;
  });

// The same two numbers for the validation images, without learning
export const measure = (network, data, places) =>
  tf.tidy(() => {
    const [images, labels] = batchOf(data, places);
    return judge(net.scores(network, images), labels);
  });

export function shuffled(count) {
  const places = Array.from({ length: count }, (_, n) => n);
  for (let n = count - 1; n > 0; n--) {
    const other = Math.floor(Math.random() * (n + 1));
    [places[n], places[other]] = [places[other], places[n]];
  }
  return places;
}
