// Draws what ui.chart left in data-chart with uPlot; the table beside it says the same without a script.
"use strict";
(() => {
  const HEIGHT = 240;
  const DAYS = [1, 2, 7, 14, 28, 91, 182, 364, 728].map((count) => count * 86400);
  const drawn = new Set();
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function amounts(held) {
    const lang = document.documentElement.lang;
    const digits = { minimumFractionDigits: held.scale, maximumFractionDigits: held.scale };
    const known = held.scale === 2 && Intl.supportedValuesOf("currency").includes(held.code);
    const words = new Intl.NumberFormat(lang, known ? { ...digits, style: "currency", currency: held.code } : held.code ? digits : {});
    const after = held.code && !known ? "\u00a0" + held.code : "";
    return (value) => value === null ? "" : words.format(value / 10 ** held.scale) + after;
  }

  function series(held, say) {
    const colours = ["--brand", "--below", "--wait", "--warn"];
    const bars = held.kind === "bars" ? uPlot.paths.bars({ size: [0.6, 48], radius: 0.2 }) : undefined;
    return held.columns.map((label, at) => {
      const colour = style(colours[at % colours.length]);
      return { label, stroke: colour, width: 2, fill: bars ? colour : colour + "22", paths: bars, points: { show: !bars && held.rows.length < 3 }, value: (_plot, value) => say(value) };
    });
  }

  function draw(place) {
    const held = JSON.parse(place.dataset.chart);
    if (!held.rows.length) return;
    const named = typeof held.rows[0][0] === "string";
    const say = amounts(held);
    const soft = style("--soft");
    const lines = { stroke: style("--line"), width: 1 };
    const data = [held.rows.map((row, at) => named ? at : row[0])];
    held.columns.forEach((_label, at) => data.push(held.rows.map((row) => row[at + 1])));
    const names = (_plot, ticks) => ticks.map((tick) => Number.isInteger(tick) && held.rows[tick] ? held.rows[tick][0] : "");
    const day = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short" });
    const days = (_plot, ticks) => ticks.map((tick) => day.format(tick * 1000));
    place.replaceChildren();
    const plot = new uPlot({
      width: place.clientWidth, height: HEIGHT, legend: { show: held.columns.length > 1 },
      scales: { x: { time: !named, range: named ? (_plot, low, high) => [low - 0.5, high + 0.5] : undefined } },
      axes: [
        { stroke: soft, grid: { show: false }, ticks: lines, space: 72, incrs: named ? undefined : DAYS, values: named ? names : days, splits: named ? () => held.rows.map((_row, at) => at) : undefined },
        { stroke: soft, grid: lines, ticks: lines, size: 84, values: (_plot, ticks) => ticks.map(say) },
      ],
      series: [{ label: "", value: (_plot, at) => at === null ? "" : named ? held.rows[at][0] : day.format(at * 1000) }, ...series(held, say)],
    }, data, place);
    drawn.add({ place, plot });
  }

  function all(root) { root.querySelectorAll("[data-chart]").forEach(draw); }

  function again() {
    for (const one of drawn) { one.plot.destroy(); drawn.delete(one); }
    all(document);
  }

  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(again, 100); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  document.addEventListener("live", (event) => all(event.target));
  all(document);
})();
