/** What is wrong just now, as the status page tells it: with the cause, until when, and what one can do. */
import { html, useEffect } from './dom.js';
import { IconButton, Notice } from './ui.js';
import { Icon } from './icons.js';
import { moment, named, t, worded } from './i18n.js';
import { href } from './router.js';
import { createKept, createStore, useStore } from './state.js';
import { useWatch } from './watch.js';

const QUIET_MS = 60_000;
const TROUBLED_MS = 15_000;
const TOLD_MAX = 50;

/** The newest answer of `GET /v1/status`. */
const board = createStore(/** @type {StatusBoard | null} */ (null));
const told = createKept('docket.told', /** @type {string[]} */ ([]));

/** What concerns a store, or any; `waits` where orders are taken now and placed later.
 * @param {string} [storeId] */
export function useTrouble(storeId) {
  const status = useStore(board);
  /** @param {{store_id: string | null}} each */
  const concerns = (each) => !storeId || !each.store_id || each.store_id === storeId;
  const incidents = (status?.incidents ?? []).filter(concerns);
  const announcements = (status?.announcements ?? []).filter(concerns);
  const waits = incidents.some((each) => each.buffered || each.cause === 'database_unavailable');
  return { incidents, announcements, waits };
}

/** Asks now and then, more often while something is wrong, and at once when an answer was 5xx. */
function useBoard() {
  const troubled = (useStore(board)?.incidents.length ?? 0) > 0;
  const watched = useWatch('status', { as: 'public', everyMs: troubled ? TROUBLED_MS : QUIET_MS });
  useEffect(() => {
    if (watched.data) board.set(watched.data);
  }, [watched.data]);
  useEffect(() => {
    let asked = 0;
    const ask = () => {
      if (Date.now() - asked < TROUBLED_MS) return;
      asked = Date.now();
      watched.refresh();
    };
    addEventListener('docket-trouble', ask);
    return () => removeEventListener('docket-trouble', ask);
  }, []);
}

/** @param {{cause: string}} incident */
const causeOf = ({ cause }) => worded('cause', cause);

/** For customers, above every screen. @param {{storeId?: string}} props */
export function Outage({ storeId }) {
  useBoard();
  const { incidents, announcements, waits } = useTrouble(storeId);
  const seen = useStore(told);
  // What opened with an incident says what the notice says already.
  const fresh = announcements.filter((each) => !each.incident_id && !seen.includes(each.announcement_id));
  /** @param {string} id */
  const dismiss = (id) => told.set([...seen, id].slice(-TOLD_MAX));
  return html`<div class="outage" role="status">
    ${incidents.length > 0 && html`<${Notice} tone="warn" icon="warn">
      ${incidents.map((each) => html`<p key=${each.incident_id}><b>${causeOf(each)}</b>${' '}
        ${each.expected_recovery_at && t('outage.expected', { time: moment(each.expected_recovery_at) })}</p>`)}
      <p>${t(waits ? 'outage.order' : 'outage.slow')}</p><//>`}
    ${fresh.map((each) => html`<div class="notice" key=${each.announcement_id}><${Icon} name="bell" />
      <div><p>${named(each.text)}</p></div>
      <${IconButton} icon="close" label=${t('outage.dismiss')} onClick=${() => dismiss(each.announcement_id)} />
      </div>`)}
  </div>`;
}

/** For staff: that something is open, and the way to it. @param {{storeId?: string}} props */
export function StaffOutage({ storeId }) {
  useBoard();
  const { incidents, waits } = useTrouble(storeId);
  if (incidents.length === 0) return html`<div role="status"></div>`;
  const [first, ...others] = incidents;
  const until = first.expected_recovery_at;
  return html`<p class="offline-bar" role="status"><${Icon} name="warn" />
    <span>${t(waits ? 'outage.staff.waits' : 'outage.staff.open')} ${causeOf(first)}
      ${others.length > 0 && ` (+${others.length})`}
      ${until && ` · ${t('outage.expected', { time: moment(until) })}`}</span>
    <a href=${href(['incidents'])}>${t('outage.staff.see')}</a></p>`;
}
