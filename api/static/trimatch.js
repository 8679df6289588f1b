// Every page works without this file; it only saves clicks.
"use strict";

/** Results as one types: the same form, asked again after a pause, its fragment put in place. */
function searchAsOneTypes(form) {
  const results = document.getElementById("results");
  let timer = 0;
  let asking = null;
  async function ask() {
    const parameters = new URLSearchParams(new FormData(form));
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const shown = new URL(form.action);
      shown.search = parameters;
      const fragment = new URL(shown);
      fragment.searchParams.set("fragment", "true");
      const response = await fetch(fragment, { signal: asking.signal });
      if (!response.ok) return;
      results.innerHTML = await response.text();
      history.replaceState(null, "", shown);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  });
}

/** Enter in the box searches; Shift and Enter makes a line. */
function submitOnEnter(box) {
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      box.form.requestSubmit();
    }
  });
}

/** A menu that is open closes when the reader goes elsewhere. */
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

for (const form of document.querySelectorAll("[data-search]")) {
  searchAsOneTypes(form);
  submitOnEnter(form.querySelector("textarea"));
}
document.addEventListener("click", closeMenus);
