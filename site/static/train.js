// The page "Train a network": the introductory CNN learns, as the knobs say.

/* global tf */

import { chart } from "./chart.js";
import * as net from "./network.js";
import { measure, shuffled, step, untrained } from "./training.js";

const TRAINING = 2000; // images to learn from; those after them are the validation set
const $ = (id) => document.getElementById(id);
const knob = (id) => Number($(id).value);
const say = (text) => ($("status").textContent = text);
// The page must be able to draw and to listen between two steps
const breathe = () => new Promise((done) => setTimeout(done));

let data, layers, network, optimizer, validation;
let history = [];
let before = []; // the history of the training before this one, for comparison
let running = false;

function restart() {
  running = false;
  before = history.length ? history : before;
  history = [];
  if (network) tf.dispose(network.map(({ weights }) => weights));
  optimizer?.dispose();
  network = untrained(layers, knob("dropout"));
  optimizer = tf.train.adam(knob("rate"));
  draw();
  say("A new network. It has learnt nothing yet.");
  $("start").textContent = "Train";
}

// One pass through the training images; the knobs are read anew for each step
async function epoch() {
  const number = history.length + 1;
  const order = shuffled(TRAINING);
  const begun = performance.now();
  let [loss, right, done] = [0, 0, 0];
  while (done < TRAINING) {
    const places = order.slice(done, done + knob("batch"));
    optimizer.learningRate = knob("rate");
    network.find(({ kind }) => kind === "dropout").rate = knob("dropout");
    const found = step(network, optimizer, data, places);
    done += places.length;
    loss += found.loss * places.length;
    right += found.right;
    $("progress").value = done / TRAINING;
    $("progress-text").textContent = `Epoch ${number}: loss ${(loss / done).toFixed(2)}`;
    await breathe();
    if (!running) return; // what this epoch has learnt stays, but is not drawn
  }
  const seconds = (performance.now() - begun) / 1000;
  const checked = measure(network, data, validation);
  const row = {
    loss: loss / TRAINING,
    valLoss: checked.loss,
    accuracy: right / TRAINING,
    valAccuracy: checked.right / validation.length,
    seconds,
  };
  history.push(row);
  draw();
  say(
    `Epoch ${number} took ${seconds.toFixed(1)} s. ` +
      `Accuracy ${row.accuracy.toFixed(2)}, validation accuracy ${row.valAccuracy.toFixed(2)}.`,
  );
}

async function startOrStop() {
  if (running) {
    running = false;
    return;
  }
  running = true;
  const mine = network;
  $("start").textContent = "Stop";
  // "New network" ends this training, too: then there is another network
  while (running && mine === network) {
    await epoch();
    if (history.length && !Number.isFinite(history.at(-1).loss)) running = false;
  }
  if (mine !== network) return;
  $("start").textContent = "Go on";
  say(`Stopped after ${history.length} epochs. “Go on” trains the same network further.`);
}

const PANELS = [
  ["loss", "Loss", "loss", "valLoss", [0, 2.5]],
  ["accuracy", "Accuracy", "accuracy", "valAccuracy", [0, 1]],
];

function draw() {
  const last = history.at(-1);
  for (const [id, title, ours, validated, y] of PANELS) {
    const points = (rows, key) =>
      rows.map((row, n) => [n + 1, Math.min(row[key], y[1])]).filter(([, v]) => v >= 0);
    const words = last
      ? `After ${history.length} epochs: training ${last[ours].toFixed(2)}, ` +
        `validation ${last[validated].toFixed(2)}.`
      : "Nothing has been trained yet.";
    chart($(`chart-${id}`), {
      title,
      xLabel: "epoch",
      yLabel: id,
      x: [1, Math.max(10, history.length, before.length)],
      y,
      series: [
        { points: points(history, ours), kind: "first", name: "training" },
        { points: points(history, validated), kind: "second", name: "validation" },
        { points: points(before, validated), kind: "before", name: "validation before" },
      ],
      alternative: `${title} over the epochs. ${words}`,
    });
  }
  const cells = (row) => [row.loss, row.valLoss, row.accuracy, row.valAccuracy];
  $("epochs").tBodies[0].innerHTML = history
    .map((row, n) => {
      const numbers = cells(row).map((v) => `<td>${v.toFixed(3)}</td>`).join("");
      return `<tr><th scope="row">${n + 1}</th>${numbers}</tr>`;
    })
    .join("");
}

try {
  await net.start();
  const [facts, pixels] = await Promise.all([
    net.getJson("images.json"),
    net.getBytes("train.bin"),
  ]);
  layers = await net.load("intro");
  data = { pixels, numbers: facts.train };
  validation = facts.train.map((_, n) => n).slice(TRAINING);
  restart();
  $("start").addEventListener("click", startOrStop);
  $("restart").addEventListener("click", restart);
  $("start").disabled = $("restart").disabled = false;
} catch (error) {
  say(`This page cannot compute in your browser: ${error.message}`);
}
