/** What was sent to whom: customers, merchants and staff, each channel's outcome, sending again. */
import { html, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Field, Segments, Skeleton, say, useAct } from './ui.js';
import { api } from './api.js';
import { moment, t, worded } from './i18n.js';
import { href, replace } from './router.js';
import { nameOfRule } from './cases.js';
import { useWatch } from './watch.js';

const AUDIENCES = ['customer', 'merchant', 'staff'];
const CHANNELS = ['inbox', 'email', 'push', 'sms', 'webhook', 'dingtalk', 'wecom', 'feishu', 'slack'];
const OUTCOMES = ['delivered', 'sent', 'pending', 'failed', 'gone', 'bounced', 'complained', 'held', 'superseded'];
/** @type {Record<string, string>} */
const TONES = { delivered: 'good', sent: 'good', failed: 'danger', gone: 'warn', bounced: 'danger', complained: 'danger', pending: 'warn' };

/** @param {{query: URLSearchParams}} props */
export function Messages({ query }) {
  const wanted = Object.fromEntries(['audience', 'recipient', 'channel', 'outcome', 'order_id']
    .map((name) => [name, query.get(name) ?? '']).filter(([, value]) => value));
  /** @param {Record<string, string>} changes */
  const filter = (changes) => replace(['messages'], { ...wanted, ...changes });
  return html`<div class="stack"><h1>${t('messages')}</h1><p class="dim">${t('messages.words')}</p>
    <${Segments} label=${t('messages.to')} value=${wanted.audience ?? ''}
      onChange=${(/** @type {string} */ audience) => filter({ audience })}
      options=${['', ...AUDIENCES].map((value) => ({ value, label: t(`messages.to.${value || 'all'}`) }))} />
    <div class="row">
      <${Choice} name="channel" values=${CHANNELS} wanted=${wanted} filter=${filter} />
      <${Choice} name="outcome" values=${OUTCOMES} wanted=${wanted} filter=${filter} />
      <${Recipient} value=${wanted.recipient ?? ''} filter=${filter} />
      ${wanted.order_id && html`<${Button} icon="close" onClick=${() => filter({ order_id: '' })}>
        ${t('messages.oneOrder')}<//>`}</div>
    <${List} key=${JSON.stringify(wanted)} wanted=${wanted} filter=${filter} />
  </div>`;
}

/** @param {any} props */
function Choice({ name, values, wanted, filter }) {
  return html`<${Field} as="select" label=${t(`messages.${name}`)} required value=${wanted[name] ?? ''}
    onInput=${(/** @type {string} */ value) => filter({ [name]: value })}>
    ${['', ...values].map((value) => html`<option key=${value} value=${value}
      selected=${value === (wanted[name] ?? '')}>
      ${value ? worded(`messages.${name}`, value) : t('messages.any')}</option>`)}<//>`;
}

/** @param {any} props */
function Recipient({ value, filter }) {
  const [text, setText] = useState(value);
  return html`<form class="row" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    filter({ recipient: text.trim() });
  }}><${Field} label=${t('messages.recipient')} value=${text} maxlength="254" onInput=${setText}
    hint=${t('messages.recipientHint')} />
    <button class="button" type="submit">${t('messages.find')}</button></form>`;
}

/** @param {any} props */
function List({ wanted, filter }) {
  const path = (/** @type {string} */ cursor) =>
    `ops/notifications?${new URLSearchParams({ ...wanted, limit: '50', ...(cursor ? { cursor } : {}) })}`;
  const first = useWatch(path(''), { everyMs: 15_000 });
  const [more, setMore] = useState(/** @type {{items: any[], next: string | null} | null} */ (null));
  const act = useAct();
  const items = [...(first.data?.items ?? []), ...(more?.items ?? [])];
  const next = more ? more.next : first.data?.next_cursor;
  const goOn = () => act.run(async () => {
    const page = await api(path(next));
    setMore({ items: [...(more?.items ?? []), ...page.items], next: page.next_cursor });
  });
  return html`<${Failure} error=${act.error ?? (first.data ? null : first.error)} onRetry=${first.refresh} />
    ${first.loading && html`<${Skeleton} lines=${5} />`}
    ${first.data && items.length === 0 && html`<${Empty} art="✉️" title=${t('messages.none')} />`}
    ${items.length > 0 && html`<ul class="card list">
      ${items.map((each, i) => html`<${Message} key=${`${each.message_id}${each.channel}${each.recipient}${i}`}
        each=${each} filter=${filter} onChange=${first.refresh} />`)}</ul>`}
    ${next && html`<div class="row"><${Button} busy=${act.busy} onClick=${goOn}>${t('messages.more')}<//></div>`}`;
}

/** @param {any} props */
function Message({ each, filter, onChange }) {
  const act = useAct();
  const again = () => act.run(async () => {
    const body = { event_version: each.event_version, channel: each.channel };
    const told = await api(`ops/orders/${each.order_id}/notifications/send-again`, { body });
    say(t(`messages.again.${told.outcome === 'sent' ? 'sent' : 'failed'}`));
    onChange();
  });
  const about = each.audience === 'staff' ? nameOfRule(each.type) : worded('event', each.type);
  const facts = [
    t(`messages.to.${each.audience}`), each.recipient,
    each.attempts > 1 && t('webhooks.attempt', { n: each.attempts }), each.detail,
  ];
  return html`<li><div class="item"><span><b>${about}</b> <${Badge}>
      ${worded('messages.channel', each.channel)}<//> <time class="dim" datetime=${each.at}>
      ${moment(each.at)}</time><br /><span class="dim">${facts.filter(Boolean).join(' · ')}</span>
      <${Failure} error=${act.error} /></span>
    <span class="row"><${Badge} tone=${TONES[each.outcome] ?? 'plain'}>
        ${worded('messages.outcome', each.outcome)}<//>
      ${each.order_id && html`<a class="button" href=${href(['board'], { order: each.order_id })}>
        ${t('case.order')}</a>
        <${Button} kind="quiet" onClick=${() => filter({ order_id: each.order_id })}>
          ${t('messages.ofOrder')}<//>`}
      ${each.case_id && html`<a class="button" href=${href(['cases'], { case: each.case_id })}>
        ${t('messages.case')}</a>`}
      ${each.can_send_again && html`<${Button} busy=${act.busy} onClick=${again}>
        ${t('webhooks.again')}<//>`}</span></div></li>`;
}
