/** What waits to be sent, what was sent meanwhile, and what the server refused: nothing vanishes. */
import { html } from './dom.js';
import { Badge, Button, Empty, Notice } from './ui.js';
import { flush, sendAfterAll, withdraw } from './outbox.js';
import { drop, keep, outbox } from './outboxstore.js';
import { newKey } from './api.js';
import { moment, t } from './i18n.js';
import { orderAgain } from './reorder.js';
import { href } from './router.js';
import { owner } from './session.js';
import { useStore } from './state.js';

export function Attention() {
  const entries = useStore(outbox);
  return html`<main id="main" class="narrow stack"><h1>${t('outbox')}</h1>
    ${entries.length === 0 && html`<${Empty} art="📮" title=${t('outbox.none')}>
      <a class="button main" href="#/orders">${t('orders')}</a><//>`}
    ${entries.map((entry) => html`<${Entry} key=${entry.key} entry=${entry} />`)}
  </main>`;
}

/** @param {{entry: OutboxEntry}} props */
function Entry({ entry }) {
  const tone = { waiting: 'warn', late: 'danger', withdrawn: 'warn', received: 'info', refused: 'danger', sent: 'good' }[entry.state];
  const foreign = entry.owner !== 'guest' && entry.owner !== owner();
  return html`<article class="card stack">
    <div class="between"><${Badge} tone=${tone}>${t(`outbox.${entry.state}`)}<//>
      <time class="dim" datetime=${entry.made_at}>${moment(entry.made_at)}</time></div>
    <p>${entry.summary}</p>
    ${entry.state === 'waiting' && html`<p class="dim">
      ${t(foreign ? 'outbox.signIn' : 'outbox.waitingWords')}</p>
      <div class="row"><${Button} icon="refresh" onClick=${() => flush()}>${t('outbox.now')}<//>
        <${Button} kind="danger" onClick=${() => withdraw(entry)}>${t('outbox.withdraw')}<//></div>`}
    ${entry.state === 'late' && html`<${Notice} tone="danger" icon="clock">${t('outbox.lateWords')}<//>
      <div class="row"><${Button} kind="main" onClick=${() => sendAfterAll(entry)}>${t('outbox.now')}<//>
        <${Button} onClick=${() => withdraw(entry)}>${t('outbox.withdraw')}<//></div>`}
    ${entry.state === 'withdrawn' && html`<p class="dim">${t('outbox.withdrawnWords')}</p>`}
    ${entry.state === 'received' && html`<p class="dim">${t('next.received')}</p>
      <div class="row"><a class="button" href=${href(['o', entry.order_id ?? ''])}>${t('outbox.show')}</a></div>`}
    ${entry.state === 'refused' && html`<${Notice} tone="danger" icon="warn">
      ${entry.problem?.detail}<//>
      <div class="row">${entry.problem?.code === 'possible_duplicate'
        ? html`<${Button} kind="main" onClick=${() => sendAnyway(entry)}>
          ${t('conflict.orderAnyway')}<//>`
        : html`<${Button} kind="main" onClick=${() => again(entry)}>${t('outbox.again')}<//>`}
        <${Button} onClick=${() => drop(entry.key)}>${t('outbox.dismiss')}<//></div>`}
    ${entry.state === 'sent' && html`<p class="dim">${t('outbox.sentWords')}</p>
      <div class="row">
        <a class="button main" href=${href(['o', entry.order_id ?? ''])}
          onClick=${() => drop(entry.key)}>${t('outbox.pay')}</a></div>`}
  </article>`;
}

/** A likely duplicate that is meant: another intention, hence another key. @param {OutboxEntry} entry */
async function sendAnyway(entry) {
  await keep({ ...entry, key: newKey(), state: 'waiting', body: { ...entry.body, allow_duplicate: true } });
  await drop(entry.key);
  return flush();
}

/** A refused order once more, as a new one. @param {OutboxEntry} entry */
async function again(entry) {
  if (await orderAgain(entry.body.store_id, entry.body.line_items)) await drop(entry.key);
}
