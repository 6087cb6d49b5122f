// Builds and finds elements without any HTML from strings, so that no message can become markup.

/** Finds an element by its id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Makes an element: `element('p', { class: 'lead' }, 'Hello')`; children are texts or elements. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined && child !== ''));
  return made;
}

/** Runs `work` soon, and only once for many calls that come close together. */
export function soon(work, delayMs = 120) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      work();
    }, delayMs);
  };
}
