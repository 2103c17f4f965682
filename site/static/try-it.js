// The page "Try the networks": a photo or a test image, and what a network answers.

/* global tf */

import * as net from "./network.js";

const $ = (id) => document.getElementById(id);
const say = (text) => ($("status").textContent = text);
const networks = {}; // those loaded so far, by name
let facts, pixels, image, title; // the image on the page, and what is known of it

// Cut the largest square out of the middle, and make it small, as in notebook 6
async function fromPhoto(file) {
  let photo;
  try {
    photo = await createImageBitmap(file); // turned upright, as its file says
  } catch {
    return say(`${file.name} cannot be read as a photo.`);
  }
  const side = Math.min(photo.width, photo.height);
  const canvas = new OffscreenCanvas(net.SIDE, net.SIDE);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white"; // behind what is transparent
  context.fillRect(0, 0, net.SIDE, net.SIDE);
  const [left, top] = [(photo.width - side) / 2, (photo.height - side) / 2];
  context.drawImage(photo, left, top, side, side, 0, 0, net.SIDE, net.SIDE);
  const { data } = context.getImageData(0, 0, net.SIDE, net.SIDE);
  image = data.filter((_, i) => i % 4 < 3); // without opacity
  title = "your photo";
  await answer();
}

function fromTestSet() {
  const number = Math.floor(Math.random() * facts.test.length);
  image = pixels.slice(number * net.SIZE, (number + 1) * net.SIZE);
  title = `a test image: ${facts.classes[facts.test[number]]}`;
  return answer();
}

async function answer() {
  const name = document.querySelector("input[name=network]:checked").value;
  if (!networks[name]) say("Loading the network …");
  networks[name] ??= await net.load(name);
  const network = networks[name];
  const batch = tf.tensor(Float32Array.from(image), [1, net.SIDE, net.SIDE, 3]);
  const answered = net.probabilities(network, batch);
  showAnswer(await answered.data());
  await showMaps(network, batch);
  tf.dispose([batch, answered]);
}

function showAnswer(probabilities) {
  net.draw($("image"), image, net.SIDE, 3);
  $("image").setAttribute("aria-label", `What the network sees: ${title}`);
  $("title").textContent = title;
  const best = probabilities.indexOf(Math.max(...probabilities));
  [...$("answer").tBodies[0].rows].forEach((row, number) => {
    const percent = 100 * probabilities[number];
    row.cells[1].textContent = `${percent.toFixed(1)} %`;
    row.cells[2].firstChild.style.width = `${percent}%`;
    row.classList.toggle("best", number === best);
  });
  const sure = (100 * probabilities[best]).toFixed(1);
  say(`The network says: ${facts.classes[best]}, with ${sure} %.`);
}

// Each map from its smallest number, black, to its largest, white
async function showMaps(network, batch) {
  const place = net.firstConvolution(network);
  const output = tf.tidy(() => net.scores(network, batch, place));
  const [, side, , count] = output.shape;
  const numbers = await output.data();
  output.dispose();
  const silent = [];
  $("maps").replaceChildren(
    ...Array.from({ length: count }, (_, map) => {
      const values = numbers.filter((_, i) => i % count === map);
      const most = values.reduce((a, b) => Math.max(a, b), 0);
      if (most === 0) silent.push(map + 1);
      const canvas = document.createElement("canvas");
      net.draw(canvas, values.map((v) => (255 * v) / (most || 1)), side, 1);
      return canvas;
    }),
  );
  const words = silent.length ? `; no answer from ${silent.join(", ")}` : "";
  $("maps").setAttribute("aria-label", `${count} feature maps${words}`);
}

function listen() {
  $("draw").addEventListener("click", fromTestSet);
  $("photo").addEventListener("change", (e) => fromPhoto(e.target.files[0]));
  $("networks").addEventListener("change", answer);
  const area = $("try-it");
  area.addEventListener("dragover", (e) => e.preventDefault());
  area.addEventListener("drop", (e) => {
    e.preventDefault();
    if (e.dataTransfer.files.length) fromPhoto(e.dataTransfer.files[0]);
  });
}

try {
  await net.start();
  [facts, pixels] = await Promise.all([
    net.getJson("images.json"),
    net.getBytes("test.bin"),
  ]);
  const rows = facts.classes.map((name) => {
    const row = document.createElement("tr");
    row.innerHTML = `<th scope="row">${name}</th><td></td><td><div></div></td>`;
    return row;
  });
  $("answer").tBodies[0].replaceChildren(...rows);
  listen();
  await fromTestSet();
} catch (error) {
  say(`This page cannot compute in your browser: ${error.message}`);
}
