// A small line chart as SVG, in the colours of the page, light or dark.

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [420, 260, 46, 12, 28, 40];

// At most six round numbers from `low` to `high`
function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const found = [];
  for (let n = Math.ceil(low / size - 1e-9); n * size <= high + 1e-9 * size; n++) {
    found.push(Number((n * size).toPrecision(6)));
  }
  return found;
}

// Each of `series` has `points`, pairs of numbers, and some of: `name`, `kind` (a class
// of site.css), and `dots` for marks without a line. The alternative says what is seen;
// `xTicks`, pairs of a place and a word, may take the place of numbers.
export function chart(svg, { title, xLabel, yLabel, x, y, series, alternative, xTicks }) {
  const [innerWidth, innerHeight] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const across = (v) => LEFT + (innerWidth * (v - x[0])) / (x[1] - x[0]);
  const up = (v) => TOP + innerHeight * (1 - (v - y[0]) / (y[1] - y[0]));
  const text = (at, down, words, more = "") =>
    `<text x="${at}" y="${down}" ${more}>${words}</text>`;
  const middle = 'text-anchor="middle"';
  const grid = [
    ...(xTicks ?? ticks(...x).map((v) => [v, v])).map(([v, word]) => [
      `<path class="grid" d="M${across(v)} ${TOP}v${innerHeight}"/>`,
      text(across(v), HEIGHT - BOTTOM + 16, word, middle),
    ]),
    ...ticks(...y).map((v) => [
      `<path class="grid" d="M${LEFT} ${up(v)}h${innerWidth}"/>`,
      text(LEFT - 6, up(v) + 4, v, 'text-anchor="end"'),
    ]),
  ];
  const drawn = series.filter(({ points }) => points.length).map(({ points, kind = "", dots, name }, n) => {
    const places = points.map((point) => [across(point[0]), up(point[1])]);
    const marks = places.map((p) => `<circle class="${kind}" cx="${p[0]}" cy="${p[1]}" r="4"/>`);
    const line = `<polyline class="${kind}" points="${places.join(" ")}"/>`;
    // A series of a single point would have no line to see
    const key = name
      ? `<path class="${kind} key" d="M${WIDTH - 148} ${TOP + 14 + 18 * n}h26"/>` +
        text(WIDTH - 116, TOP + 18 + 18 * n, name)
      : "";
    return (dots ? "" : line) + (dots || places.length === 1 ? marks.join("") : "") + key;
  });
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alternative);
  svg.innerHTML = [
    ...grid.flat(),
    text(LEFT + innerWidth / 2, 16, title, `${middle} class="title"`),
    text(LEFT + innerWidth / 2, HEIGHT - 6, xLabel, middle),
    text(12, TOP + innerHeight / 2, yLabel, `${middle} transform="rotate(-90 12 ${TOP + innerHeight / 2})"`),
    ...drawn,
  ].join("");
}
