// Makes the login pages nicer; each of them works without this file. On the waiting page: hears of the phone's
// answer and goes on by itself, counts down, and frees the "send again" button when its time has come.

const pollPauseMs = 2000;

focusProblem();
for (const form of document.querySelectorAll('form[data-once]')) sendOnce(form);
const waiting = document.querySelector('[data-status-path]');
if (waiting !== null && ['pending', 'unavailable'].includes(waiting.dataset.status)) {
  markLeaving(waiting);
  followStatus(waiting);
  countDown(waiting);
}

function focusProblem() {
  document.querySelector('[data-problem]')?.focus();
}

// A second click while the answer is on its way would be a second attempt.
function sendOnce(form) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent !== undefined) event.preventDefault();
    form.dataset.sent = '';
  });
  // A page that comes back from the browser's history may be sent again.
  addEventListener('pageshow', () => delete form.dataset.sent);
}

// What the person sends may end the request: news of that must not turn her back while she is on her way.
function markLeaving(page) {
  page.addEventListener('submit', () => {
    page.dataset.leaving = '';
  });
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.replace(location.href);
  });
}

function lookAgain(page) {
  if (!('leaving' in page.dataset)) location.replace(location.href);
}

function followStatus(page) {
  const source = new EventSource(page.dataset.statusPath);
  source.onmessage = (event) => takeStatus(page, JSON.parse(event.data).status, () => source.close());
  source.addEventListener('moved', () => {
    source.close();
    lookAgain(page);
  });
  source.onerror = () => {
    // While it connects again by itself all is well; once it has given up, asking is left.
    if (source.readyState === EventSource.CLOSED) poll(page);
  };
}

async function poll(page) {
  for (let over = false; !over; ) {
    try {
      const answer = await fetch(page.dataset.statusPath, {
        headers: { Accept: 'application/json', Prefer: 'wait=20' },
      });
      if (answer.status === 400 || answer.status === 404) {
        lookAgain(page);
        return;
      }
      if (answer.ok) takeStatus(page, (await answer.json()).status, () => (over = true));
    } catch {
      // No network for the moment: the next round asks again.
    }
    if (!over) await new Promise((resolve) => setTimeout(resolve, pollPauseMs));
  }
}

function takeStatus(page, status, stop) {
  if (status === page.dataset.status) return;
  stop();
  if (status !== 'approved' || 'leaving' in page.dataset) {
    lookAgain(page);
    return;
  }
  page.dataset.status = status;
  const text = page.querySelector('[data-status-text]');
  if (text !== null) text.textContent = text.dataset.approved;
  const form = page.querySelector('form[data-continue]');
  form.requestSubmit(form.querySelector('button'));
}

function countDown(page) {
  const timer = page.querySelector('[data-seconds-left]');
  const resend = page.querySelector('[data-enable-in]');
  const startedAt = performance.now();
  const tick = () => {
    const passed = Math.floor((performance.now() - startedAt) / 1000);
    if (timer !== null) showClock(timer, Math.max(0, Number(timer.dataset.secondsLeft) - passed));
    if (resend?.disabled && passed >= Number(resend.dataset.enableIn)) {
      resend.disabled = false;
      resend.removeAttribute('aria-describedby');
      page.querySelector('[data-resend-wait]')?.remove();
    }
  };
  setInterval(tick, 1000);
}

function showClock(timer, seconds) {
  const clock = timer.querySelector('[data-clock]');
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
