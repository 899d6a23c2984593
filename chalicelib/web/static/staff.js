/** What the console knows of its user and of the next step of an order. */
import { groups } from './session.js';
import { useEffect, useState } from './dom.js';
import { api, newKey } from './api.js';
import { createStore } from './state.js';

const STAFF = ['clerk', 'kitchen', 'support', 'manager', 'admin'];

/** The person at the console, once the API has told. */
export const me = createStore(/** @type {{name: string | null, email: string | null} | null} */ (null));

export async function loadMe() {
  me.set(await api('me'));
}

export const isStaff = () => groups().some((group) => STAFF.includes(group));

/** Whether the server will let this person; it decides, this only hides what would be refused.
 * @param {...string} roles */
export function may(...roles) {
  const mine = groups();
  if (mine.includes('admin')) return true;
  if (mine.includes('manager') && !roles.every((role) => role === 'admin')) return true;
  return roles.some((role) => mine.includes(role));
}

/** The stores that this person works at, of all there are. @param {Store[]} stores */
export function ownStores(stores) {
  const scope = groups().filter((group) => group.startsWith('store:')).map((group) => group.slice(6));
  if (scope.length === 0 || scope.includes('*')) return stores;
  return stores.filter((store) => scope.includes(store.store_id));
}

/** The one step that comes next, if it is staff's to take. @param {Order} order */
export function nextStep(order) {
  const delivery = order.fulfillment.type === 'delivery';
  switch (order.status) {
    case 'confirmed': return 'accept';
    case 'accepted': return 'prepare';
    case 'preparing': return 'ready';
    case 'ready': return delivery ? 'ship' : owes(order) ? 'collect' : 'complete';
    case 'shipped':
      if (order.fulfillment_status !== 'delivered') return 'deliver';
      return owes(order) ? 'collect' : 'complete';
    default: return null;
  }
}

/** Every other step that the state allows. @param {Order} order */
export function otherSteps(order) {
  const steps = [];
  if (order.status === 'confirmed') steps.push('reject');
  if (order.status === 'preparing' && order.fulfillment.type === 'delivery') steps.push('ship');
  const living = !['completed', 'canceled', 'rejected'].includes(order.status);
  if (owes(order) && living && nextStep(order) !== 'collect') steps.push('collect');
  if (['placed', 'accepted', 'preparing', 'ready'].includes(order.status)) steps.push('cancel');
  return steps.filter((step) => canDo(step));
}

/** @param {string} step */
export const canDo = (step) => (['prepare', 'ready'].includes(step) ? may('clerk', 'kitchen') : may('clerk'));

/** @param {any} order */
export const owes = (order) => (order.amount_due?.amount_minor ?? 0) > 0 && order.status !== 'placed';

/** What can still be given back, as far as the console can know. @param {Order} order */
export function refundable(order) {
  const captured = order.payments.filter((payment) => payment.status === 'captured')
    .reduce((sum, payment) => sum + payment.amount.amount_minor, 0);
  const back = order.refunds.filter((refund) => refund.status !== 'failed')
    .reduce((sum, refund) => sum + refund.amount.amount_minor, 0);
  const claimed = (order.disputes ?? []).filter((/** @type {any} */ dispute) => dispute.status !== 'won')
    .reduce((/** @type {number} */ sum, /** @type {any} */ dispute) => sum + dispute.amount.amount_minor, 0);
  return captured - back - claimed;
}

/**
 * Takes a step on the order as it was seen here.
 * @param {{order_id: string, version: number}} order
 * @param {string} step
 * @param {any} [body]
 */
export const take = (order, step, body = {}) => api(`ops/orders/${order.order_id}/${step}`, {
  body, ifMatch: `"${order.version}"`, key: newKey(),
});

/** The time, moving on. @param {number} [everyMs] */
export function useNow(everyMs = 10_000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
