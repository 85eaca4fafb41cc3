// What the staff's pages do by themselves: refresh quietly, copy texts, confirm nothing silently.
'use strict';

{
  const STALE_AFTER_FAILURES = 2;
  let failures = 0;

  function busy(part) {
    // Whoever is in the middle of something in it keeps it as it is.
    const selected = document.getSelection();
    const isSelecting = selected && !selected.isCollapsed && part.contains(selected.anchorNode);
    const isEdited = Array.from(part.querySelectorAll('input')).some((each) => each.value !== each.defaultValue);
    return document.hidden || isSelecting || isEdited || part.contains(document.activeElement);
  }

  function keepOpen(old, fresh) {
    const wasOpen = Array.from(old.querySelectorAll('details'), (each) => each.open);
    fresh.querySelectorAll('details').forEach((each, i) => { each.open = wasOpen[i] ?? each.open; });
  }

  async function refresh(part) {
    const answer = await fetch(location.href, { headers: { 'X-Refresh': '1' }, redirect: 'manual' });
    if (answer.type === 'opaqueredirect') {
      // The session has ended: the page itself shows the way.
      location.reload();
      return part;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = parsed.getElementById(part.id);
    if (!fresh) throw new Error('the part is missing');
    keepOpen(part, fresh);
    part.replaceWith(document.adoptNode(fresh));
    return fresh;
  }

  function watch(part) {
    const seconds = Number(part.dataset.refresh);
    if (!seconds) return;
    setTimeout(async () => {
      let next = part;
      if (!busy(part)) {
        try {
          next = await refresh(part);
          failures = 0;
        } catch (error) {
          failures += 1;
        }
        next.classList.toggle('is-stale', failures >= STALE_AFTER_FAILURES);
      }
      watch(next);
    }, seconds * 1000 * Math.min(failures + 1, 6));
  }

  document.querySelectorAll('[data-refresh]').forEach(watch);

  document.addEventListener('input', (event) => {
    // What was found for other values must not be acted upon.
    const form = event.target.closest('[data-outdates]');
    const found = form && document.getElementById(form.dataset.outdates);
    if (found) found.hidden = true;
  });

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = 'Copied';
    } catch (error) {
      // Without HTTPS there is no clipboard: the text is selected for Ctrl-C.
      document.getSelection().selectAllChildren(source);
      button.textContent = 'Selected: press Ctrl-C';
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}
