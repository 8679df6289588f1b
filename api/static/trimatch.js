// Every page works without this file; it only saves clicks.
"use strict";

/** Whether a field is no longer as the page brought it, as where one types before this file is here. */
function isEdited(field) {
  if (field.options) {
    const brought = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(0, brought);
  }
  return field.checked !== field.defaultChecked || ("defaultValue" in field && field.value !== field.defaultValue);
}

/** Asks a moment after the last change of a field or a form, also of one that came before this file. */
function askWhenChanged(source, ask) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  };
  source.addEventListener("input", later);
  if ([...(source.elements ?? [source])].some(isEdited)) later();
}

/** Results as one types: the same form, asked again after a pause, its fragment put in place. */
function searchAsOneTypes(form) {
  const results = document.getElementById("results");
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
  askWhenChanged(form, ask);
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

/** Printing by a button, and no more triangles ticked than can be compared. */
function triangleTools(form) {
  const most = 3;
  const boxes = [...document.querySelectorAll(`input[form="${form.id}"]`)];
  const limit = () => {
    const full = boxes.filter((box) => box.checked).length >= most;
    for (const box of boxes) box.disabled = full && !box.checked;
  };
  for (const box of boxes) box.addEventListener("change", limit);
  limit();
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/** A part of the page that follows a form or a field: asked for again after a pause; what is ticked stays. */
function keepInStep(source) {
  const shown = document.getElementById(source.dataset.shows);
  const kept = document.getElementById(source.dataset.keeps);
  let asking = null;
  async function ask() {
    const url = new URL(source.dataset.from, location.href);
    const values = source.form ? [[source.name, source.value]] : new FormData(source);
    for (const [name, value] of values) url.searchParams.append(name, value);
    url.searchParams.set("fragment", "true");
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const response = await fetch(url, { signal: asking.signal, redirect: "error" });
      if (!response.ok) return;
      const text = await response.text();
      if (kept) for (const box of shown.querySelectorAll(":checked")) kept.append(box.closest("label"));
      shown.innerHTML = text;
      offerCopies(shown);
    } catch (error) {
      if (error.name !== "AbortError" && error.name !== "TypeError") throw error;
    }
  }
  askWhenChanged(source, ask);
}

/** Buttons that copy a line. */
function offerCopies(part) {
  for (const button of part.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  }
}

/** A menu that is open closes when the reader goes elsewhere. */
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

/** Escape closes the menu that has the focus, or holds it, and gives the focus to what opened it. */
function closeMenuByKey(event) {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

for (const form of document.querySelectorAll("[data-search]")) {
  searchAsOneTypes(form);
  submitOnEnter(form.querySelector("textarea"));
}
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenuByKey);
for (const form of document.querySelectorAll("[data-compare]")) triangleTools(form);
for (const source of document.querySelectorAll("[data-shows]")) keepInStep(source);
offerCopies(document);
