// What a page gains by a script: parts that keep up to date, commands to copy, a key for the search field. Pages are complete without it.
"use strict";

const interval = 5000; // ms

async function refresh() {
  if (document.hidden || document.querySelector("details.confirm[open]")) return;
  const response = await fetch(location.href, { headers: { "Cache-Control": "no-store" } });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(part.id);
    if (next && !part.contains(document.activeElement)) part.replaceWith(document.adoptNode(next));
  }
  addCopying(document);
}

function addCopying(root) {
  for (const text of root.querySelectorAll("pre.copy")) {
    if (text.nextElementSibling?.classList.contains("copying")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copying quiet";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    text.after(button);
  }
}

document.addEventListener("keydown", pressed => {
  const isTyping = pressed.target.closest("input, textarea, select");
  if (pressed.key !== "/" || isTyping || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
  const field = document.querySelector("main input:not([type=hidden])");
  if (!field) return;
  pressed.preventDefault();
  field.focus();
  field.select();
});

addCopying(document);
if (document.querySelector("[data-live]")) setInterval(() => refresh().catch(() => { }), interval);
