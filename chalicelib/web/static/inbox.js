/** The inbox: what Docket told its customer, always kept here whatever mail and SMS did. */
import { html, useState } from './dom.js';
import { Button, Empty, Failure, Skeleton } from './ui.js';
import { Icon } from './icons.js';
import { api } from './api.js';
import { moment, t } from './i18n.js';
import { DeviceSwitch } from './push.js';
import { href } from './router.js';
import { session } from './session.js';
import { useStore } from './state.js';
import { useWatch } from './watch.js';

export function useInbox() {
  const signedIn = Boolean(useStore(session));
  const watched = useWatch(signedIn ? 'me/notifications?limit=50' : null, { everyMs: 20_000 });
  const items = /** @type {any[] | null} */ (watched.data?.items ?? null);
  const unread = signedIn ? items?.filter((item) => !item.read_at).length ?? 0 : 0;
  return { ...watched, items, unread };
}

/** @param {{inbox: ReturnType<typeof useInbox>}} props */
export function Inbox({ inbox }) {
  const signedIn = Boolean(useStore(session));
  const [failure, setFailure] = useState(/** @type {any} */ (null));
  /** @param {any[]} items */
  const read = async (items) => {
    try {
      await Promise.all(items.map((item) => api(`me/notifications/${item.notification_id}/read`, { method: 'POST' })));
    } catch (error) {
      setFailure(error);
    }
    inbox.refresh();
  };
  if (!signedIn) {
    return html`<main id="main" class="narrow"><${Empty} art="🔔" title=${t('inbox.guest')}>
      <a class="button main" href=${href(['account', 'sign-in'], { next: 'inbox' })}>${t('signIn')}</a>
        <//></main>`;
  }
  const fresh = inbox.items?.filter((item) => !item.read_at) ?? [];
  return html`<main id="main" class="narrow stack">
    <div class="between"><h1>${t('inbox')}</h1>
      ${fresh.length > 1 && html`<${Button} kind="quiet" icon="check" onClick=${() => read(fresh)}>
        ${t('inbox.readAll')}<//>`}</div>
    <${Failure} error=${failure ?? (inbox.items ? null : inbox.error)} onRetry=${inbox.refresh} />
    ${inbox.loading && html`<${Skeleton} lines=${4} tall=${true} />`}
    ${inbox.items?.length === 0 && html`<${Empty} art="🔔" title=${t('inbox.none')}>
      ${t('inbox.noneHint')}<//>`}
    ${inbox.items && inbox.items.length > 0 && html`<ul class="card list">
      ${inbox.items.map((item) => html`<li key=${item.notification_id}>
      <a href=${item.order_id ? href(['o', item.order_id]) : '#/inbox'}
        class=${item.read_at ? '' : 'unread'} onClick=${() => item.read_at || read([item])}>
        <span>${item.title}<br /><span class="dim" style="font-weight:400">${item.body}</span></span>
        <span class="row dim nowrap" style="flex:none;flex-wrap:nowrap;font-weight:400">
          ${!item.read_at && html`<span class="hidden">${t('inbox.new')}</span><${Icon} name="bell" />`}
          <time datetime=${item.created_at}>${moment(item.created_at)}</time></span></a></li>`)}</ul>`}
    <${DeviceSwitch} />
  </main>`;
}
