// Watches a diagnosis: moves its bar, says how far it is, and loads the page again when something else is due.
const card = document.querySelector('[data-diagnosis]');

async function watch() {
  const bar = card.querySelector('progress');
  const words = card.querySelector('[data-percent]');
  for (;;) {
    try {
      const response = await fetch(`${location.pathname}/state`, { headers: { Prefer: 'wait=8' }, cache: 'no-store' });
      const { phase, progress, last } = await response.json();
      if (phase !== 'queued' && phase !== 'running') {
        location.reload();
        return;
      }
      bar.value = progress;
      words.textContent = [`${progress} %`, last].filter(Boolean).join(' – ');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
  }
}

if (card !== null) watch();
