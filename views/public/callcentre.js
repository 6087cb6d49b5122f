// Watches the agent's call: asks for its state and loads the page again when it has changed. Counts the seconds down.
const call = document.querySelector('[data-status="pending"]');

async function watch() {
  for (;;) {
    try {
      const response = await fetch('/callcentre/state', { headers: { Prefer: 'wait=20' }, cache: 'no-store' });
      const { status } = await response.json();
      if (status !== 'pending') {
        location.reload();
        return;
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
  }
}

function countDown(clock) {
  let left = Number(clock.dataset.secondsLeft);
  setInterval(() => {
    left = Math.max(0, left - 1);
    clock.textContent = String(left);
  }, 1_000);
}

if (call !== null) {
  const clock = call.querySelector('[data-seconds-left]');
  if (clock !== null) countDown(clock);
  watch();
}
