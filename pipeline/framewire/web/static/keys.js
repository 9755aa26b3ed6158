// Keys for coding. Without this script checkboxes and buttons do all of it.
"use strict";
(() => {
  const form = document.querySelector("[data-coding]");
  const undo = document.querySelector("[data-undo]");
  const rows = form ? [...form.querySelectorAll("[data-narrative]")] : [];
  let current = rows.find((row) => row.querySelector("input:checked")) || null;

  const says = (value) => {
    const radio = form.querySelector(`input[name=says][value=${value}]`);
    if (radio) radio.checked = true;
  };

  const mark = (row) => {
    current = row;
    for (const other of rows) other.classList.toggle("current", other === row);
    const definition = row && document.getElementById(`def-${row.dataset.narrative}`);
    for (const other of document.querySelectorAll(".definitions .current")) other.classList.remove("current");
    if (!definition) return;
    definition.classList.add("current");
    const list = definition.parentElement;
    if (list.scrollHeight > list.clientHeight) list.scrollTop = definition.offsetTop - list.offsetTop;
  };

  const settle = () => {
    if (rows.some((row) => row.querySelector("input").checked)) says("narratives");
    else if (form.querySelector("input[name=says][value=narratives]").checked)
      form.querySelector("input[name=says][value=narratives]").checked = false;
  };

  const toggle = (row) => {
    const box = row.querySelector("input");
    box.checked = !box.checked;
    mark(row);
    settle();
  };

  const clear = () => {
    for (const row of rows) row.querySelector("input").checked = false;
  };

  const turn = (name) => {
    if (!current || !current.querySelector("input").checked) return;
    const select = current.querySelector(`select[name^="${name}."]`);
    if (select) select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  };

  const step = (by) => {
    const place = rows.indexOf(current);
    const next = rows[Math.min(Math.max(place + by, 0), rows.length - 1)];
    if (next) {
      mark(next);
      next.scrollIntoView({ block: "nearest" });
    }
  };

  const showKeys = () => {
    const keys = document.getElementById("keys");
    if (!keys) return;
    keys.open = !keys.open;
    if (keys.open) keys.scrollIntoView({ block: "nearest" });
  };

  const act = (event) => {
    const key = event.key;
    if (event.shiftKey && /^Digit[1-9]$/.test(event.code)) {
      const choice = document.querySelector(`[data-choose="${event.code.slice(5)}"]`);
      if (choice) choice.click();
      return Boolean(choice);
    }
    if (key === "?") return showKeys(), true;
    if (key === "u" && undo) return undo.requestSubmit(), true;
    if (!form) return false;
    if (key === "Enter") return form.requestSubmit(form.querySelector("button.main")), true;
    if (key === "v") return turn("voice"), true;
    if (key === "a") return turn("accused"), true;
    if (key === "n") return clear(), says("none"), true;
    if (key === "i") return clear(), says("irrelevant"), true;
    if (key === "m") return form.querySelector("[name=note]").focus(), true;
    if (key === "ArrowDown") return step(1), true;
    if (key === "ArrowUp") return step(-1), true;
    if (key === "s") {
      const skip = form.querySelector("a[data-key=s]");
      if (skip) skip.click();
      return Boolean(skip);
    }
    if (key === " " && current) return toggle(current), true;
    const row = rows.find((one) => one.dataset.key === key);
    if (row) toggle(row);
    return Boolean(row);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    const inside = event.target instanceof Element ? event.target : document.body;
    const writes = inside.matches("input:not([type=checkbox], [type=radio]), textarea, select");
    if (writes) {
      if (event.key === "Escape") inside.blur();
      return;
    }
    // A button or a link that has the focus does what it is for.
    if ((event.key === "Enter" || event.key === " ") && inside.matches("a, button, summary, input")) {
      if (!(event.key === "Enter" && inside.matches("input"))) return;
    }
    if (act(event)) event.preventDefault();
  });

  if (!form) return;
  for (const row of rows) {
    row.querySelector("input").addEventListener("change", () => (mark(row), settle()));
    row.addEventListener("focusin", () => mark(row));
  }
  for (const radio of form.querySelectorAll("input[name=says]"))
    radio.addEventListener("change", () => radio.value !== "narratives" && clear());
  form.addEventListener("submit", (event) => {
    // One press, one coding.
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
  if (current) mark(current);
})();
