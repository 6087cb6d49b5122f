// The line on a page that says that the simulator is not there, or asks for its token.

import { useToken } from './api.js';
import { byId, element } from './elements.js';
import { text } from './texts.js';

/** Shows or hides the line; an answer 401 asks for the token of an exposed simulator. */
export function showConnection(isUp, error) {
  const line = byId('connection');
  line.hidden = isUp;
  if (isUp) return;
  if (error?.status !== 401) {
    line.replaceChildren(text('connection.lost'));
    return;
  }
  // A try that runs behind a half-typed token must not wipe it.
  if (line.querySelector('form') === null) line.replaceChildren(tokenForm());
}

function tokenForm() {
  const input = element('input', { type: 'password', autocomplete: 'off', id: 'token', required: true });
  const form = element(
    'form',
    { class: 'token' },
    element('label', { for: 'token' }, text('token.label')),
    input,
    element('button', { type: 'submit', class: 'small' }, text('token.use')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    useToken(input.value);
    location.reload();
  });
  return form;
}
