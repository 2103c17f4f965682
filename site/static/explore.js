// The explorers of the notebooks, without a kernel. What they compute is told in
// notebooks/lesson/computations.py, which this follows.

import { chart } from "./chart.js";
import { draw, getBytes, SIDE, SIZE } from "./network.js";

// Draw an explorer now, and again whenever one of its controls changes
function explore(id, redraw) {
  const box = document.getElementById(id);
  const controls = [...box.querySelectorAll("input, select")];
  const update = () => {
    const values = controls.map(({ name, value, type }) => [
      name,
      type === "range" ? Number(value) : value,
    ]);
    box.querySelector(".words").textContent = redraw(Object.fromEntries(values), box);
  };
  controls.forEach((control) => control.addEventListener("input", update));
  box.querySelector("button")?.addEventListener("click", update);
  update();
}

// Two decimals, and no minus in front of 0.00
const round = (number) => number.toFixed(2).replace(/^-(?=0\.00$)/, "");

const STEPS = 12;

function judgeRate(rate) {
  const factor = 1 - 2 * rate; // a step multiplies the weight by this
  if (factor <= -1) return "diverging: each step lands as high as the one before, or higher";
  if (Math.abs(factor) ** STEPS < 0.1) {
    return "just right: the bottom is reached within the twelve steps";
  }
  if (factor > 0) return "too small: after twelve steps, the weight is still on its way";
  return "too large: each step jumps over the bottom to the other side";
}

explore("explore-rate", ({ rate }, box) => {
  const path = Array.from({ length: STEPS + 1 }, (_, n) => -1.6 * (1 - 2 * rate) ** n);
  const curve = Array.from({ length: 65 }, (_, n) => n / 10 - 3.2);
  const outside = path.findIndex((weight) => Math.abs(weight) > 3.2);
  const visible = outside < 0 ? path : path.slice(0, outside);
  const onCurve = (weight) => [weight, weight ** 2];
  const words =
    `Learning rate ${rate.toFixed(2)}: ${judgeRate(rate)}. ` +
    `The weight after twelve steps: ${round(path.at(-1))}.`;
  chart(box.querySelector("svg"), {
    title: "Twelve steps downhill",
    xLabel: "weight",
    yLabel: "loss",
    x: [-3.2, 3.2],
    y: [0, 10.24],
    series: [
      { points: curve.map(onCurve), kind: "first" },
      { points: visible.map(onCurve), kind: "second" },
      { points: visible.map(onCurve), kind: "second", dots: true },
    ],
    alternative: words,
  });
  return words;
});

explore("explore-dropout", ({ rate, mode }, box) => {
  const training = mode === "training";
  const outputs = Array.from({ length: 12 }, () =>
    training ? (Math.random() >= rate ? 1 / (1 - rate) : 0) : 1,
  );
  const items = outputs.map((output) => {
    const item = document.createElement("li");
    item.textContent = output.toFixed(2);
    item.classList.toggle("dropped", output === 0);
    return item;
  });
  box.querySelector("ol").replaceChildren(...items);
  box.querySelector("button").disabled = !training;
  if (!training) return "Prediction: nothing is dropped, nothing is scaled.";
  const kept = outputs.filter((output) => output > 0).length;
  const mean = outputs.reduce((a, b) => a + b) / outputs.length;
  return (
    `Training, rate ${rate.toFixed(1)}: ${kept} of 12 neurons are kept, each multiplied ` +
    `by ${(1 / (1 - rate)).toFixed(2)}. The mean output is ${mean.toFixed(2)}; ` +
    "without dropout it would be 1."
  );
});

const NINTH = 1 / 9;
const FILTERS = {
  "edges, dark to bright": [-1, 0, 1, -1, 0, 1, -1, 0, 1],
  "edges, top to bottom": [-1, -1, -1, 0, 0, 0, 1, 1, 1],
  outlines: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
  blur: Array(9).fill(NINTH),
  "nothing changed": [0, 0, 0, 0, 1, 0, 0, 0, 0],
};

// Lay the nine numbers of a filter on each place of a grey image, and add up
function convolve(grey, filter) {
  const side = SIDE - 2;
  return Array.from({ length: side * side }, (_, place) => {
    const [row, column] = [Math.floor(place / side), place % side];
    return filter.reduce((sum, weight, n) => {
      const [down, across] = [row + Math.floor(n / 3), column + (n % 3)];
      return sum + weight * grey[down * SIDE + across];
    }, 0);
  });
}

const choice = document.querySelector("#explore-convolution select");
choice.replaceChildren(...Object.keys(FILTERS).map((name) => new Option(name)));
getBytes("test.bin").then((pixels) =>
  explore("explore-convolution", ({ filter, image }, box) => {
    const photo = pixels.subarray(image * SIZE, (image + 1) * SIZE);
    const grey = Array.from({ length: SIDE * SIDE }, (_, n) =>
      (photo[3 * n] + photo[3 * n + 1] + photo[3 * n + 2]) / 3,
    );
    const map = convolve(grey, FILTERS[filter]);
    const [least, most] = [Math.min(...map), Math.max(...map)];
    const reach = Math.max(most, -least) || 1;
    const [before, after] = box.querySelectorAll("canvas");
    draw(before, grey, SIDE, 1);
    const isMean = FILTERS[filter].every((weight) => weight >= 0); // shown like pixels
    const shades = isMean ? map : map.map((v) => 127.5 * (1 + v / reach));
    draw(after, shades, SIDE - 2, 1);
    const cells = FILTERS[filter].map((v) => `<td>${v === NINTH ? "1/9" : v}</td>`);
    box.querySelector("tbody").innerHTML = [0, 3, 6]
      .map((n) => `<tr>${cells.slice(n, n + 3).join("")}</tr>`)
      .join("");
    const words =
      `Filter: ${filter}. Values of the feature map: ` +
      `${least.toFixed(1)} to ${most.toFixed(1)}.`;
    after.setAttribute("aria-label", words);
    return words;
  }),
);

explore("explore-loss", (scores, box) => {
  const names = Object.keys(scores);
  const powers = names.map((name) => Math.exp(scores[name]));
  const all = powers.reduce((a, b) => a + b);
  const shares = powers.map((power) => power / all);
  const loss = -Math.log(shares[0]);
  const listed = names.map((name, n) => `${name} ${shares[n].toFixed(2)}`).join(", ");
  const words =
    `Probabilities: ${listed}. ` +
    `The photo shows a cat, so the loss is ${round(loss)}.`;
  const [bars, curve] = box.querySelectorAll("svg");
  chart(bars, {
    title: "Probabilities",
    xLabel: "class",
    yLabel: "probability",
    x: [0.5, 3.5],
    y: [0, 1],
    series: shares.map((share, n) => ({
      points: [[n + 1, 0], [n + 1, share]],
      kind: n === 0 ? "bar second" : "bar first",
    })),
    xTicks: names.map((name, n) => [n + 1, name]),
    alternative: words,
  });
  const points = Array.from({ length: 200 }, (_, n) => (n + 1) / 200);
  chart(curve, {
    title: "The loss looks at the cat alone",
    xLabel: "probability of the cat",
    yLabel: "loss",
    x: [0, 1],
    y: [0, 11],
    series: [
      { points: points.map((p) => [p, -Math.log(p)]), kind: "first" },
      { points: [[shares[0], loss]], kind: "second", dots: true },
    ],
    alternative: words,
  });
  return words;
});
