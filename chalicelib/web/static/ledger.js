/** The ledger of a store: entries of a period, what each account moved by, whether they balance, as CSV. */
import { html, useState } from './dom.js';
import { Badge, Button, Empty, Failure, Field, Notice, Skeleton, useAct } from './ui.js';
import { api, saveFile } from './api.js';
import { format } from './money.js';
import { nameOfProvider } from './pay.js';
import { stamp, t, worded } from './i18n.js';
import { useLoad } from './load.js';
import { href, replace } from './router.js';

const PAGES_MAX = 20;
const DAY_MS = 86_400_000;

/** @param {string} account */
const nameOf = (account) => (account.startsWith('provider:')
  ? t('ledger.provider', { name: nameOfProvider(account.slice(9)) }) : worded('ledger.account', account));

/** @param {{storeId: string, query: URLSearchParams}} props */
export function Ledger({ storeId, query }) {
  const from = query.get('from') || dayOf(Date.now());
  const to = query.get('to') || from;
  const [text, setText] = useState('');
  const act = useAct();
  const path = `ops/ledger?${new URLSearchParams({ store_id: storeId, from: begins(from), to: begins(to, 1) })}`;
  const { data: found, error, loading, retry } = useLoad(path, () => all(path));
  const file = () => act.run(() => saveFile(path, `ledger-${storeId}-${from}-${to}.csv`, { accept: 'text/csv' }));
  const wanted = text.trim().toLowerCase();
  const entries = (found?.entries ?? []).filter((/** @type {any} */ each) => !wanted
    || [each.order_number, each.order_id, each.document].some((name) => name.toLowerCase().includes(wanted)));
  /** @param {Record<string, string>} changes */
  const look = (changes) => replace(['ledger'], { from, to, ...changes });
  return html`<div class="stack"><h1>${t('ledger')}</h1><p class="dim">${t('ledger.words')}</p>
    <div class="row filters">
      <${Field} label=${t('ledger.from')} type="date" required value=${from} max=${to}
        onInput=${(/** @type {string} */ day) => day && look({ from: day, to: day > to ? day : to })} />
      <${Field} label=${t('ledger.to')} type="date" required value=${to} min=${from}
        onInput=${(/** @type {string} */ day) => day && look({ to: day, from: day < from ? day : from })} />
      <div class="grow"><${Field} label=${t('ledger.search')} type="search" required value=${text}
        onInput=${setText} /></div>
      <${Button} busy=${act.busy} onClick=${file}>${t('ledger.csv')}<//></div>
    <${Failure} error=${error ?? act.error} onRetry=${error ? retry : file} />
    ${loading && html`<${Skeleton} lines=${4} tall=${true} />`}
    ${found && !found.whole && html`<${Notice} tone="warn" icon="warn">${t('ledger.cut')}<//>`}
    ${found && entries.length === 0 && html`<${Empty} art="📒" title=${t('ledger.none')} />`}
    ${entries.length > 0 && html`<${Accounts} entries=${entries} />
      <section class="stack"><h2>${t('ledger.entries', { n: entries.length })}</h2>
        <ul class="card list">${entries.map((/** @type {any} */ each) => html`<${Entry} key=${each.entry_id} entry=${each} />`)}
        </ul></section>`}
  </div>`;
}

/** @param {{entries: any[]}} props */
function Accounts({ entries }) {
  const postings = entries.flatMap((each) => each.postings);
  const { currency } = postings[0].debit;
  const names = [...new Set(postings.map((each) => each.account))].sort();
  /** @param {any[]} some @param {'debit' | 'credit'} side */
  const sum = (some, side) => some.reduce((all, each) => all + each[side].amount_minor, 0);
  /** @param {number} amount_minor */
  const money = (amount_minor) => format({ amount_minor, currency });
  const [debits, credits] = [sum(postings, 'debit'), sum(postings, 'credit')];
  const balanced = debits === credits;
  return html`<section class="card stack"><div class="between"><h2>${t('ledger.accounts')}</h2>
      <${Badge} tone=${balanced ? 'good' : 'danger'}>${balanced ? t('ledger.balanced')
        : t('ledger.unbalanced', { amount: money(debits - credits) })}<//></div>
    <div class="table-scroll"><table><thead><tr><th scope="col">${t('ledger.account')}</th>
      <th scope="col" class="right">${t('ledger.debit')}</th><th scope="col" class="right">${t('ledger.credit')}</th>
      <th scope="col" class="right">${t('ledger.balance')}</th></tr></thead>
      <tbody>${names.map((name) => {
        const own = postings.filter((each) => each.account === name);
        return html`<${Sums} key=${name} name=${nameOf(name)} debit=${money(sum(own, 'debit'))}
          credit=${money(sum(own, 'credit'))} balance=${money(sum(own, 'debit') - sum(own, 'credit'))} />`;
      })}</tbody>
      <tfoot><${Sums} name=${t('ledger.total')} debit=${money(debits)} credit=${money(credits)}
        balance=${money(debits - credits)} /></tfoot></table></div></section>`;
}

/** @param {{name: string, debit: string, credit: string, balance: string}} props */
const Sums = ({ name, debit, credit, balance }) => html`<tr><td><b>${name}</b></td>
  <td class="right money" data-name=${t('ledger.debit')}>${debit}</td>
  <td class="right money" data-name=${t('ledger.credit')}>${credit}</td>
  <td class="right money" data-name=${t('ledger.balance')}><b>${balance}</b></td></tr>`;

/** @param {{entry: any}} props */
function Entry({ entry }) {
  const isCredit = entry.postings.some((/** @type {any} */ each) => each.account === 'refund');
  return html`<li class="document"><div class="between">
      <b>${isCredit ? t('event.credit_note') : worded('event', entry.type)}</b>
      <time class="dim" datetime=${entry.at}>${stamp(entry.at)}</time></div>
    <p><a href=${href(['board'], { order: entry.order_id })}>${t('order')} ${entry.order_number}</a>
      ${entry.document && html` · <code class="dim">${entry.document}</code>`}
      ${entry.charge && html` · <span class="money">${t('ledger.charge', { amount: format(entry.charge) })}</span>`}</p>
    <ul>${entry.postings.map((/** @type {any} */ each) => html`<li key=${each.account} class="between">
      <span>${nameOf(each.account)}</span><span class="money">${each.debit.amount_minor
        ? t('ledger.debits', { amount: format(each.debit) })
        : t('ledger.credits', { amount: format(each.credit) })}</span></li>`)}</ul></li>`;
}

/** Every page of a period, up to a bound. @param {string} path */
async function all(path) {
  /** @type {any[]} */
  const entries = [];
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await api(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path, { timeoutMs: 30_000 });
    entries.push(...answer.items);
    cursor = answer.next_cursor ?? '';
    if (!cursor) break;
  }
  entries.sort((a, b) => a.at.localeCompare(b.at) || a.entry_id.localeCompare(b.entry_id));
  return { entries, whole: !cursor };
}

/** The day at a moment, where the reader is. @param {number} at */
const dayOf = (at) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

/** When a day begins where the reader is, or that many days later. @param {string} day @param {number} [later] */
function begins(day, later = 0) {
  const noon = Date.parse(`${day}T12:00:00`) + later * DAY_MS;
  const start = new Date(noon);
  start.setHours(0, 0, 0, 0);
  return start.toISOString();
}
