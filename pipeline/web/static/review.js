// The review screen's keys, and the link between fields and their boxes on the page. Without it every act is still a button.
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

const pane = one(".pane");
const fields = new Map(all("input[data-path]").map((field) => [field.dataset.path, field]));
const asked = all(".asked input[data-path]");
let current = null;

function boxesOf(path) {
  return all("rect.box").filter((box) => box.dataset.path === path);
}

function show(field) {
  current = field;
  for (const box of all("rect.box.on")) box.classList.remove("on");
  const boxes = boxesOf(field.dataset.path);
  for (const box of boxes) box.classList.add("on");
  if (!boxes.length || !pane) return;
  const place = boxes[0].getBoundingClientRect();
  const frame = pane.getBoundingClientRect();
  pane.scrollBy({
    top: place.top + place.height / 2 - (frame.top + frame.height / 2),
    left: place.left + place.width / 2 - (frame.left + frame.width / 2),
  });
}

function go(field) {
  field.closest("details")?.setAttribute("open", "");
  field.focus();
  field.select();
  show(field);
}

function isOpen(field) {
  const tick = confirmOf(field);
  return field.value === field.defaultValue && !tick?.checked;
}

function confirmOf(field) {
  return all("input[data-confirms]").find((tick) => tick.dataset.confirms === field.dataset.path);
}

function step(field, forward) {
  const place = asked.indexOf(field);
  if (forward) {
    const tick = confirmOf(field);
    if (tick) tick.checked = true;
    count();
    const next = place < 0 ? asked.find(isOpen) : asked[place + 1];
    if (next) go(next);
    else one("#approve")?.focus();
  } else if (place > 0) go(asked[place - 1]);
}

function count() {
  const label = one("#to-check");
  if (!label) return;
  label.textContent = label.textContent.replace(/\d+/, String(asked.filter(isOpen).length));
}

function open(id) {
  const details = document.getElementById(id);
  if (!details) return false;
  details.open = true;
  details.querySelector("textarea, input:not([type=hidden])").focus();
  return true;
}

function press(selector) {
  const button = one(selector);
  if (!button) return false;
  button.click();
  return true;
}

// Where on the page the value was taken from: it goes into the audit trail with the correction.
function remember(path, word) {
  const name = `at:${path}`;
  const spot = all("input[type=hidden]").find((known) => known.name === name) || document.createElement("input");
  const sides = ["x", "y", "width", "height"].map((side) => Number(word.getAttribute(side)).toFixed(1));
  spot.type = "hidden";
  spot.name = name;
  spot.value = [word.closest("svg").dataset.page, ...sides].join(" ");
  one("#review").append(spot);
}

function keys(event) {
  const { key, ctrlKey, metaKey, altKey, shiftKey, target } = event;
  const command = ctrlKey || metaKey;
  const writes = target.matches("input:not([type=checkbox]), textarea, select");
  let done = false;
  if (key === "F1") {
    one("#keys")?.showModal();
    done = Boolean(one("#keys"));
  } else if (key === "Enter" && command) done = press("#approve");
  else if (key === "Enter" && target.matches("input[data-path]")) {
    step(target, !shiftKey);
    done = true;
  } else if (key.toLowerCase() === "s" && command && !altKey) done = press("#save");
  else if (key.toLowerCase() === "z" && command && !shiftKey && !writes) done = press("#undo-last button") || press("#undo button");
  else if (altKey && !command && event.code === "KeyR") done = open("reject");
  else if (altKey && !command && event.code === "KeyP") done = open("postpone");
  else if (altKey && !command && event.code === "KeyQ") done = open("ask");
  else if (altKey && !command && event.code === "KeyN") done = press("#next");
  else if (key === "Escape") {
    const details = target.closest("details[open]");
    if (details) {
      details.open = false;
      details.querySelector("summary").focus();
      done = true;
    }
  }
  if (done) event.preventDefault();
}

document.addEventListener("keydown", keys);
document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-path]")) show(event.target);
});
document.addEventListener("input", (event) => {
  const tick = event.target.matches("input[data-path]") && confirmOf(event.target);
  if (tick) tick.checked = true;
  count();
});
document.addEventListener("click", (event) => {
  const box = event.target.closest?.("rect.box");
  const word = event.target.closest?.("rect.word") || (event.ctrlKey && box);
  if (word && current) {
    current.value = event.shiftKey && current.value ? `${current.value} ${word.dataset.text}` : word.dataset.text;
    current.dispatchEvent(new Event("input", { bubbles: true }));
    remember(current.dataset.path, word);
    current.focus();
  } else if (box && fields.has(box.dataset.path)) go(fields.get(box.dataset.path));
});

for (const group of all(".zoom")) {
  group.hidden = false;
  for (const button of group.children) {
    button.addEventListener("click", () => {
      pane.dataset.size = button.dataset.zoom;
      for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
      if (current) show(current);
    });
  }
}

const help = one("#help");
if (help) {
  help.hidden = false;
  help.addEventListener("click", () => one("#keys").showModal());
}

const trouble = one("#alert");
const first = one("input[aria-invalid]") || asked[0];
if (trouble && !one("input[aria-invalid]")) trouble.focus();
else if (first) go(first);
