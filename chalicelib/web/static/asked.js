/** What the customer was asked about an order, as staff see it: what waits, until when, and what was answered. */
import { html } from './dom.js';
import { Badge, Notice } from './ui.js';
import { AnswerButtons } from './questions.js';
import { ago, moment, t, worded } from './i18n.js';
import { may, useNow } from './staff.js';

/** @param {{order: Order, onChange: (order: Order) => void}} props */
export function Asked({ order, onChange }) {
  const now = useNow();
  const settled = order.events.filter((event) => ['question.answered', 'question.expired'].includes(event.type));
  return html`${(order.questions ?? []).map((question) => html`<${Waiting} key=${question.question_id}
      order=${order} question=${question} now=${now} onChange=${onChange} />`)}
    ${settled.map((event) => html`<${Settled} key=${event.event_id} event=${event} />`)}`;
}

/** @param {{order: Order, question: Question, now: number, onChange: (order: Order) => void}} props */
function Waiting({ order, question, now, onChange }) {
  const over = Date.parse(question.answer_by) <= now;
  return html`<section class="notice warn question" aria-label=${t('ask.waiting')}><div class="stack" style="gap:8px">
    <div class="between"><b>${t('ask.waiting')}</b><${Badge}>${worded('question.kind', question.kind)}<//></div>
    <p>${question.text}</p>
    <p>${over ? t('ask.over') : t('ask.until', { time: moment(question.answer_by), left: ago(question.answer_by, now) })}</p>
    ${!over && may('clerk', 'support') && html`<details><summary>${t('ask.onBehalf')}</summary>
      <${AnswerButtons} order=${order} question=${question} onChange=${onChange} /></details>`}
  </div></section>`;
}

/** @param {{event: OrderEvent}} props */
function Settled({ event }) {
  const answered = event.type === 'question.answered';
  const { kind, choice } = event.data;
  return html`<${Notice} tone=${answered ? 'good' : 'info'} icon=${answered ? 'check' : 'clock'}>
    <p><b>${worded('question.kind', kind)}</b> <time class="dim" datetime=${event.at}>${moment(event.at)}</time></p>
    <p>${t(answered ? 'ask.answered' : 'ask.unanswered', { choice: worded('question.choice', choice) })}</p><//>`;
}
