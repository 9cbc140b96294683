// The map on a canvas: all items, moved by dragging or by the arrow keys, zoomed by the wheel or by + and −; what is in view, or within a
// line drawn with shift, is listed. The drawing of the server stays where this cannot run.
"use strict";

const frame = document.getElementById("map"), mostListed = 200;

async function start() {
  const response = await fetch(frame.dataset.source);
  if (!response.ok) return;
  show(await response.json());
}

function show(map) {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
  canvas.className = "map";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", frame.querySelector("svg").getAttribute("aria-label"));
  const said = document.createElement("p");
  said.className = "note";
  said.id = "map-said";
  said.setAttribute("aria-live", "polite");
  said.textContent = `${map.items.length.toLocaleString("en")} items. Drag to move, turn the wheel or press + and − to zoom, click an item to open it. Hold shift and draw a line around items to list them.`;
  const lister = document.createElement("button"), listed = document.createElement("ul");
  lister.type = "button";
  lister.className = "quiet";
  lister.textContent = "List the items in view";
  lister.addEventListener("click", () => list((x, y) => x >= 0 && y >= 0 && x <= size && y <= size));
  listed.className = "points";
  listed.id = "map-listed";
  const whole = 0.97, view = { x: 0.5, y: 0.5, zoom: whole }; // points at the edge are whole
  let size = 0, hovered = -1, isDue = false, drag = null;

  const style = getComputedStyle(document.documentElement), color = name => style.getPropertyValue(name).trim();
  const xs = Float32Array.from(map.x), ys = Float32Array.from(map.y);
  const byColor = Uint32Array.from(map.items.keys()).sort((a, b) => map.colorOf[a] - map.colorOf[b]);
  let picture = null, pixels = null, palette = null;

  // as the picture has its pixels, whatever a style calls the color
  function pixelOf(name) {
    pen.fillStyle = color(name);
    pen.fillRect(0, 0, 1, 1);
    return new Uint32Array(pen.getImageData(0, 0, 1, 1).data.buffer)[0];
  }

  // Squares of whole pixels, written into the picture: much faster than to have each of them filled.
  function drawPoints(ratio) {
    const side = canvas.width;
    if (picture?.width !== side) pixels = new Uint32Array((picture = pen.createImageData(side, side)).data.buffer);
    palette ??= { paper: pixelOf("--card"), other: pixelOf("--baseline"), colors: Uint32Array.from({ length: 10 }, (_, n) => pixelOf(`--m${n}`)) };
    pixels.fill(palette.paper);
    const radius = Math.min(5, (map.items.length > 10000 ? 1.2 : 2) * Math.sqrt(view.zoom)), width = Math.max(1, Math.round(2 * radius * ratio));
    const scale = view.zoom * side, left = (side - width) / 2 - view.x * scale, top = (side - width) / 2 - view.y * scale;
    let drawn = 0;
    for (let k = 0; k < byColor.length; k++) {
      const n = byColor[k], x = Math.round(xs[n] * scale + left), y = Math.round(ys[n] * scale + top);
      const from = Math.max(0, x), to = Math.min(side, x + width), end = Math.min(side, y + width);
      if (from >= to || y >= side) continue;
      const pixel = map.colorOf[n] < 0 ? palette.other : palette.colors[map.colorOf[n] % 10];
      for (let row = Math.max(0, y); row < end; row++)
        for (let at = row * side + from; at < row * side + to; at++) pixels[at] = pixel;
      if (end > 0) drawn++;
    }
    pen.putImageData(picture, 0, 0);
    canvas.dataset.drawn = drawn;
  }

  function draw() {
    isDue = false;
    const ratio = devicePixelRatio || 1;
    size = frame.clientWidth;
    if (canvas.width !== Math.round(size * ratio)) canvas.width = canvas.height = Math.round(size * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawPoints(ratio);
    pen.font = "600 14px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.lineWidth = 4;
    for (const region of map.clusters) {
      const x = ((region.x - view.x) * view.zoom + 0.5) * size, y = ((region.y - view.y) * view.zoom + 0.5) * size;
      pen.strokeStyle = color("--card");
      pen.strokeText(region.name, x, y);
      pen.fillStyle = color("--ink");
      pen.fillText(region.name, x, y);
    }
    drawPath();
    if (drag?.lasso) {
      pen.strokeStyle = color("--accent");
      pen.lineWidth = 1.5;
      pen.beginPath();
      for (const [x, y] of drag.lasso) pen.lineTo(x, y);
      pen.closePath();
      pen.stroke();
    }
  }

  function drawPath() {
    if (map.path.length === 0) return;
    const points = map.path.map(([x, y]) => [((x - view.x) * view.zoom + 0.5) * size, ((y - view.y) * view.zoom + 0.5) * size]);
    pen.strokeStyle = color("--ink");
    pen.lineWidth = 2;
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    pen.stroke();
    pen.fillStyle = color("--bad");
    pen.beginPath();
    pen.arc(...points[points.length - 1], 6, 0, 7);
    pen.fill();
  }

  function soon() {
    if (!isDue) requestAnimationFrame(draw);
    isDue = true;
  }

  function zoom(factor, px = size / 2, py = size / 2) {
    const next = Math.min(200, Math.max(whole, view.zoom * factor)), share = 1 / view.zoom - 1 / next;
    view.x += (px / size - 0.5) * share;
    view.y += (py / size - 0.5) * share;
    view.zoom = next;
    soon();
  }

  function nearest(px, py) {
    const scale = view.zoom * size, x = (px - size / 2) / scale + view.x, y = (py - size / 2) / scale + view.y;
    let best = (10 / scale) ** 2, found = -1;
    for (let n = 0; n < xs.length; n++) {
      const distance = (xs[n] - x) ** 2 + (ys[n] - y) ** 2;
      if (distance < best) [best, found] = [distance, n];
    }
    return found;
  }

  // a point is inside of a line that is closed where a ray to the right crosses it an odd number of times
  const within = line => (x, y) => line.reduce((isIn, [x1, y1], n) => {
    const [x2, y2] = line[(n + 1) % line.length];
    return (y1 > y) !== (y2 > y) && x < x1 + (x2 - x1) * (y - y1) / (y2 - y1) ? !isIn : isIn;
  }, false);

  // the most popular first: that is their order
  function list(isInside) {
    const inside = [];
    for (let n = 0; n < xs.length; n++) {
      if (isInside(((xs[n] - view.x) * view.zoom + 0.5) * size, ((ys[n] - view.y) * view.zoom + 0.5) * size)) inside.push(n);
    }
    said.textContent = `${inside.length.toLocaleString("en")} items` + (inside.length > mostListed ? `; the ${mostListed} most popular:` : ":");
    listed.replaceChildren(...inside.slice(0, mostListed).map(n => {
      const entry = document.createElement("li"), link = document.createElement("a");
      link.href = `/item?id=${encodeURIComponent(map.items[n])}`;
      link.textContent = map.titles[n];
      entry.append(link);
      return entry;
    }));
  }

  canvas.addEventListener("pointerdown", e => {
    drag = { x: e.offsetX, y: e.offsetY, moved: 0, lasso: e.shiftKey ? [[e.offsetX, e.offsetY]] : null };
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", e => {
    if (drag?.lasso) {
      drag.lasso.push([e.offsetX, e.offsetY]);
      soon();
      return;
    }
    if (drag) {
      view.x -= (e.offsetX - drag.x) / size / view.zoom;
      view.y -= (e.offsetY - drag.y) / size / view.zoom;
      drag = { ...drag, x: e.offsetX, y: e.offsetY, moved: drag.moved + Math.abs(e.offsetX - drag.x) + Math.abs(e.offsetY - drag.y) };
      soon();
      return;
    }
    hovered = nearest(e.offsetX, e.offsetY);
    canvas.style.cursor = hovered < 0 ? "grab" : "pointer";
    if (hovered >= 0) said.textContent = map.titles[hovered];
  });
  canvas.addEventListener("pointerup", e => {
    if (drag?.lasso) {
      list(within(drag.lasso));
      drag = null;
      soon();
      return;
    }
    const isClick = drag && drag.moved < 4, item = isClick ? nearest(e.offsetX, e.offsetY) : -1;
    drag = null;
    if (item >= 0) location.href = `/item?id=${encodeURIComponent(map.items[item])}`;
  });
  canvas.addEventListener("wheel", e => {
    e.preventDefault();
    zoom(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", e => {
    const step = 0.1 / view.zoom;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (e.key === "+" || e.key === "=") zoom(1.3);
    else if (e.key === "-") zoom(1 / 1.3);
    else if (e.key === "0") { Object.assign(view, { x: 0.5, y: 0.5, zoom: whole }); soon(); }
    else if (moves[e.key]) { view.x += moves[e.key][0]; view.y += moves[e.key][1]; soon(); }
    else return;
    e.preventDefault();
  });
  addEventListener("resize", soon);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { palette = null; soon(); });
  frame.querySelector("svg").remove();
  frame.append(canvas, said, lister, listed);
  draw();
}

if (frame) start().catch(() => { });
