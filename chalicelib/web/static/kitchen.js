/** The kitchen display: what is to be made, the oldest first, how long each has, and one press when it is done. */
import { html, useEffect, useRef, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Notice, Skeleton, useAct } from './ui.js';
import { Icon } from './icons.js';
import { canDo, nextStep, take, useNow } from './staff.js';
import { allDay, isToMake, remember, ticketOf, tickets } from './tickets.js';
import { ago, t, time } from './i18n.js';
import { useStore } from './state.js';
import { useWatch } from './watch.js';

const SOON_MS = 300_000;
const FRESH_MS = 15_000;
const COUNTED_MAX = 12;

/** @param {{storeId: string}} props */
export function Kitchen({ storeId }) {
  const now = useNow(5000);
  const [sound, setSound] = useState(false);
  const kept = tickets(storeId);
  const { at, items, done } = useStore(kept);
  const query = new URLSearchParams({ store_id: storeId, status: 'open', limit: '100' });
  const watched = useWatch(`ops/orders?${query}`, { everyMs: 2000, slowestMs: 15_000 });
  const called = useRef(new Set(items.map((each) => each.order_id)));
  useEffect(() => {
    if (!watched.data) return;
    remember(kept, watched.data.items.filter(isToMake).map(ticketOf));
    const fresh = kept.get().items.filter((each) => !called.current.has(each.order_id));
    fresh.forEach((each) => called.current.add(each.order_id));
    if (sound && fresh.length > 0) ring();
  }, [watched.data]);
  const counts = allDay(items, done);
  return html`<div class="stack"><div class="between wrap"><h1>${t('kitchen')}</h1>
      <${Button} icon="bell" aria-pressed=${String(sound)} onClick=${() => { setSound(!sound); if (!sound) ring(); }}>
        ${t(sound ? 'kitchen.sound.on' : 'kitchen.sound.off')}<//></div>
    ${watched.error && items.length > 0 && html`<${Notice} tone="warn" icon="offline">
      <p><b>${t('board.stale', { time: time(new Date(at).toISOString()) })}</b></p>
      <p>${t('board.staleWords')}</p><//>`}
    ${watched.error && items.length === 0 && html`<${Failure} error=${watched.error} onRetry=${watched.refresh} />`}
    ${watched.loading && items.length === 0 && html`<${Skeleton} lines=${4} tall=${true} />`}
    ${watched.data && !watched.error && items.length === 0 && html`<${Empty} art="🍳" title=${t('kitchen.none')}>
      ${t('kitchen.noneWords')}<//>`}
    ${counts.length > 1 && html`<ul class="all-day" aria-label=${t('kitchen.allDay')}>
      ${counts.slice(0, COUNTED_MAX).map(([name, n]) => html`<li key=${name}><b>${n}</b> ${name}</li>`)}</ul>`}
    <div class="kitchen">${items.map((each) => html`<${Ticket} key=${each.order_id} ticket=${each} now=${now}
      kept=${kept} onChange=${watched.refresh} />`)}</div>
  </div>`;
}

/** @param {{ticket: Ticket, now: number, kept: ReturnType<typeof tickets>, onChange: () => void}} props */
function Ticket({ ticket, now, kept, onChange }) {
  const act = useAct();
  const { done, accepted } = kept.get();
  const step = nextStep(/** @type {any} */ (ticket));
  const left = ticket.promised_at ? Date.parse(ticket.promised_at) - now : Infinity;
  const tone = left < 0 ? 'danger' : left < SOON_MS ? 'warn' : 'plain';
  const ready = done[ticket.order_id] ?? [];
  const changed = accepted[ticket.order_id] !== ticket.mark;
  const fresh = ticket.status === 'accepted' && now - Date.parse(ticket.updated_at) < FRESH_MS;
  /** @param {string} id */
  const tick = (id) => kept.set({ ...kept.get(), done: {
    ...done, [ticket.order_id]: ready.includes(id) ? ready.filter((one) => one !== id) : [...ready, id],
  } });
  const seen = () => kept.set({ ...kept.get(), accepted: { ...accepted, [ticket.order_id]: ticket.mark } });
  const go = () => act.run(() => take(ticket, /** @type {string} */ (step)).finally(onChange));
  return html`<article class=${`card ticket ${tone} ${fresh ? 'fresh' : ''}`} aria-label=${`${t('order')} ${ticket.number}`}>
    <header class="between"><b class="number big">${ticket.number}</b>
      <${Badge} tone=${tone}><${Icon} name="clock" />${Number.isFinite(left)
        ? t(left < 0 ? 'kitchen.late' : 'kitchen.due', { ago: ago(ticket.promised_at ?? '', now) })
        : ago(ticket.placed_at, now)}<//></header>
    <p><b>${ticket.table ? t('table', { table: ticket.table }) : t(`fulfillment.${ticket.type}`)}</b>
      ${' '}<span class="dim">${t(`board.${ticket.status}`)}</span></p>
    ${changed && html`<div class="notice warn"><${Icon} name="warn" /><div><b>${t('kitchen.changed')}</b></div>
      <${Button} onClick=${seen}>${t('kitchen.seen')}<//></div>`}
    <ul>${ticket.lines.map((line) => html`<li key=${line.line_id}><label class="made">
      <input type="checkbox" checked=${ready.includes(line.line_id)} onChange=${() => tick(line.line_id)} />
      <span><b>${line.quantity} ×</b> ${line.name}
        ${line.options.map((option) => html`<br /><b class="option">${option}</b>`)}</span></label></li>`)}</ul>
    ${ticket.note && html`<p class="said">“${ticket.note}”</p>`}
    <${Failure} error=${act.error} />
    ${step && canDo(step) && html`<${Button} kind="main" class="big wide" busy=${act.busy} onClick=${go}>
      ${t(`step.do.${step}`)}<//>`}
  </article>`;
}

/** Two short notes; a browser lets them sound once something on the page was pressed. */
function ring() {
  const audio = new AudioContext();
  [660, 880].forEach((pitch, i) => {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    loudness.gain.value = 0.15;
    tone.frequency.value = pitch;
    tone.connect(loudness).connect(audio.destination);
    tone.start(audio.currentTime + i * 0.18);
    tone.stop(audio.currentTime + i * 0.18 + 0.15);
  });
}
