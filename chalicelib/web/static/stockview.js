/** Stock: what is there, what is promised, and movements with their reason. */
import { html, useEffect, useRef, useState } from './dom.js';
import { Badge, Button, Dialog, Empty, Failure, Field, Segments, Skeleton, say, useAct } from './ui.js';
import { Icon } from './icons.js';
import { may } from './staff.js';
import { api, newKey } from './api.js';
import { t } from './i18n.js';
import { useWatch } from './watch.js';

const LOW = 5;
const KINDS = ['receive', 'adjust', 'count', 'damage'];
/** @type {Record<string, (quantity: number) => boolean>} */
const QUANTITY_FITS = {
  receive: (n) => n > 0, adjust: (n) => n !== 0, count: (n) => n >= 0, damage: (n) => n > 0,
};

/** @param {{storeId: string}} props */
export function Stock({ storeId }) {
  const [text, setText] = useState('');
  const [low, setLow] = useState(false);
  const [moving, setMoving] = useState(/** @type {any} */ (null));
  const wanted = useSettled(text.trim());
  const query = new URLSearchParams({ store_id: storeId, limit: '100', ...(wanted ? { q: wanted } : {}) });
  const watched = useWatch(`ops/stock?${query}`, { everyMs: 15_000 });
  const levels = /** @type {any[]} */ (watched.data?.items ?? []).filter((level) => !low || level.available <= LOW);
  return html`<div class="stack"><h1>${t('stock')}</h1>
    <div class="row"><div class="search"><${Icon} name="search" />
      <input type="search" value=${text} aria-label=${t('stock.search')}
        placeholder=${t('stock.search')}
      onInput=${(/** @type {any} */ event) => setText(event.target.value)} /></div>
      <label class="choice"><input type="checkbox" checked=${low} onChange=${() => setLow(!low)} />
        ${t('stock.low')}</label></div>
    ${!watched.data && html`<${Failure} error=${watched.error} onRetry=${watched.refresh} />`}
    ${watched.loading && html`<${Skeleton} lines=${6} />`}
    ${watched.data && levels.length === 0 && html`<${Empty} art="📦" title=${t('stock.none')} />`}
    ${levels.length > 0 && html`<div class="card table-scroll" tabindex="0" role="region"
      aria-label=${t('stock')}><table>
      <thead><tr><th scope="col">${t('stock.product')}</th><th scope="col" class="right">
        ${t('stock.available')}</th><th scope="col" class="right">${t('stock.reserved')}</th>
          <th scope="col" class="right">${t('stock.sold')}</th><th scope="col"><span class="hidden">
            ${t('stock.move')}</span></th></tr></thead>
      <tbody>${levels.map((level) => html`<tr key=${level.sku}>
        <td>${level.name}<br /><code class="dim">${level.sku}</code></td>
        <td class="right" data-name=${t('stock.available')}><b>${level.available}</b>
          ${level.available <= LOW && html`<br />
            <${Badge} tone=${level.available === 0 ? 'danger' : 'warn'}>
              ${t(level.available === 0 ? 'product.gone' : 'stock.isLow')}<//>`}</td>
        <td class="right" data-name=${t('stock.reserved')}>${level.reserved}</td>
          <td class="right" data-name=${t('stock.sold')}>${level.sold}</td>
        <td class="right">
          ${may('manager') && html`<${Button} onClick=${() => setMoving(level)}>${t('stock.move')}
            <span class="hidden"> ${level.name}</span><//>`}</td></tr>`)}</tbody></table></div>`}
    ${moving && html`<${Movement} level=${moving} storeId=${storeId} onClose=${() => setMoving(null)}
      onDone=${() => { setMoving(null); watched.refresh(); }} />`}
  </div>`;
}

/** What was typed, once the typing rests. @param {string} text */
function useSettled(text) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** @param {any} props */
function Movement({ level, storeId, onClose, onDone }) {
  const [kind, setKind] = useState('receive');
  const [quantity, setQuantity] = useState('');
  const [reason, setReason] = useState('');
  const key = useRef(newKey());
  const act = useAct();
  const number = /^-?\d+$/.test(quantity.trim()) ? Number(quantity) : null;
  const valid = number !== null && reason.trim() && QUANTITY_FITS[kind](number);
  const run = () => act.run(async () => {
    const body = { sku: level.sku, store_id: storeId, kind, quantity: number, reason: reason.trim() };
    await api('ops/stock/movements', { body, key: key.current });
    say(t('stock.moved'));
    onDone();
  });
  const actions = html`<${Button} onClick=${onClose}>${t('back')}<//>
    <${Button} kind="main" busy=${act.busy} disabled=${!valid} onClick=${run}>${t('stock.book')}<//>`;
  return html`<${Dialog} title=${level.name || level.sku} onClose=${onClose} actions=${actions}>
    <p class="dim">${t('stock.now', { available: level.available, reserved: level.reserved })}</p>
    <${Segments} label=${t('stock.kind')} value=${kind} onChange=${setKind}
      options=${KINDS.map((value) => ({ value, label: t(`stock.${value}`) }))} />
    <p>${t(`stock.${kind}.words`)}</p>
    <${Field} label=${t('stock.quantity')} inputmode="numeric" required value=${quantity}
      onInput=${setQuantity} />
    <${Field} label=${t('field.reason')} required maxlength="200" value=${reason}
      onInput=${setReason} />
    <${Failure} error=${act.error} />
  <//>`;
}
