/** A field to search by and what was found: one is picked, or `adds` at a press. */
import { html, useEffect, useState } from './dom.js';
import { Failure, Field, Skeleton } from './ui.js';
import { Icon } from './icons.js';
import { t } from './i18n.js';
import { useLoad } from './load.js';

const PAUSE_MS = 250;

/**
 * `load` of a text gives what it finds, of no text what comes first to mind.
 * @param {{label: string, none: string, value?: string, error?: string, adds?: boolean,
 *   load: (text: string) => Promise<{value: string, name: string, more: string}[]>,
 *   onPick: (value: string) => void}} props
 */
export function Found({ label, none, value, error, adds = false, load, onPick }) {
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useLoad(`?${asked}`, () => load(asked));
  return html`<div class="stack" style="gap:10px">
    <${Field} type="search" label=${label} required error=${error} value=${text} maxlength="100"
      placeholder=${t('found.search')} onInput=${setText} />
    <${Failure} error=${found.error} onRetry=${found.retry} />
    ${found.loading && html`<${Skeleton} lines=${2} />`}
    <div role="status">${found.data?.length === 0 && html`<p class="dim">${none}</p>`}</div>
    ${found.data?.length > 0 && html`<fieldset class="stack" style="gap:8px">
      <legend class="hidden">${t('found')}</legend>
      ${found.data.map((/** @type {any} */ each) => (adds ? html`<button type="button" class="choice"
        key=${each.value} onClick=${() => onPick(each.value)}><${Icon} name="plus" />
        <span class="grow">${each.name}<br /><span class="dim">${each.more}</span></span></button>` : html`<label class="choice" key=${each.value}>
        <input type="radio" name="found" checked=${each.value === value} onChange=${() => onPick(each.value)} />
        <span class="grow">${each.name}<br /><span class="dim">${each.more}</span></span></label>`))}</fieldset>`}
  </div>`;
}
