/** What a store asks the customer about an order, with a button for each choice. */
import { html } from './dom.js';
import { Button, Failure, say, useAct, useId } from './ui.js';
import { Icon } from './icons.js';
import { api, asHolder } from './api.js';
import { moment, t } from './i18n.js';

/** Whoever's time to answer is over sees nothing more to press. @param {Question} question */
const waits = (question) => Date.parse(question.answer_by) > Date.now();

/** @param {{order: Order, onChange: (order: Order) => void}} props */
export function Questions({ order, onChange }) {
  return (order.questions ?? []).filter(waits).map((question) => html`<${Asked}
    key=${question.question_id} order=${order} question=${question} onChange=${onChange} />`);
}

/** @param {{order: Order, question: Question, onChange: (order: Order) => void}} props */
function Asked({ order, question, onChange }) {
  const id = useId();
  return html`<section class="card stack question" aria-labelledby=${id}>
    <h2 id=${id} class="row"><${Icon} name="ask" />${t('question.title')}</h2>
    <p>${question.text}</p>
    <p class="dim">${t('question.until', { time: moment(question.answer_by) })}</p>
    <${AnswerButtons} order=${order} question=${question} onChange=${onChange} />
  </section>`;
}

/** A button for each choice; pressing one is the answer.
 * @param {{order: Order, question: Question, onChange: (order: Order) => void}} props */
export function AnswerButtons({ order, question, onChange }) {
  const act = useAct();
  const path = `orders/${order.order_id}/questions/${question.question_id}/answer`;
  /** @param {string} choice */
  const answer = (choice) => act.run(async () => {
    onChange(await api(path, { body: { choice }, ...asHolder(order.order_id) }));
    say(t('question.done'));
  }, choice);
  return html`<div class="answers">${question.choices.map((one, place) => html`<${Button} key=${one.choice}
      kind=${one.choice === 'cancel' ? 'danger' : place === 0 ? 'main' : 'plain'} disabled=${Boolean(act.busy)}
      busy=${act.busy === one.choice} onClick=${() => answer(one.choice)}>${one.label}<//>`)}</div>
    <${Failure} error=${act.error} />`;
}
