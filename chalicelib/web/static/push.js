/** Notifications on this device: on and off by whoever is signed in, asked for only when clicked. */
import { html } from './dom.js';
import { Badge, Button, Failure, say, useAct } from './ui.js';
import { api, call } from './api.js';
import { t } from './i18n.js';
import { owner } from './session.js';
import { createKept, useStore } from './state.js';

/** Whose this device is, and where it gets them. */
const device = createKept('docket.push', /** @type {PushDevice | null} */ (null));

const supported = () => 'serviceWorker' in navigator && 'PushManager' in globalThis
  && 'Notification' in globalThis;

const isOn = () => Notification.permission === 'granted' && device.get()?.owner === owner();

const registration = () => navigator.serviceWorker.ready;

/** One change of this device after the other, in all tabs: an address that is being renewed when its
 * owner turns it off would else stay behind. @param {() => Promise<void>} change */
const alone = (change) => (navigator.locks ? navigator.locks.request('docket-push', change) : change());

async function turnOn() {
  if (await Notification.requestPermission() !== 'granted') throw new Error(t('push.denied'));
  await subscribe();
  await wish();
}

/** A fresh address each time: the one before may have been somebody else's. */
async function subscribe() {
  const { application_server_key: key } = await api('me/push-subscriptions');
  const { pushManager } = await registration();
  await (await pushManager.getSubscription())?.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
    .catch(() => { throw new Error(t('push.failed')); });
  const { endpoint, keys } = made.toJSON();
  const added = await api('me/push-subscriptions', { body: { endpoint, keys } });
  device.set({ owner: owner(), endpoint: made.endpoint, id: added.subscription_id });
}

/** Adds devices to the ways of hearing about orders, where somebody took them out before. */
async function wish() {
  const { data, etag } = await call('me/preferences');
  const { orders, payments } = data.channels;
  if (orders.includes('push')) return;
  const channels = { orders: [...orders, 'push'], payments: [...new Set([...payments, 'push'])] };
  await api('me/preferences', { method: 'PATCH', body: { channels }, ifMatch: etag ?? '*' });
}

/** Also at signing out: what comes afterwards is nobody's business here. */
export const turnOff = () => alone(end);

async function end() {
  const known = device.get();
  if (!known) return;
  await api(`me/push-subscriptions/${known.id}`, { method: 'DELETE' }).catch((error) => {
    if (error.status !== 404) throw error;
  });
  await leave();
}

/** The push service then says that this device is gone, so it needs no word to our server. */
async function leave() {
  const ours = await registration();
  await (await ours.pushManager.getSubscription())?.unsubscribe();
  for (const shown of await ours.getNotifications()) shown.close();
  device.set(null);
}

/** At the start: browsers change their address at times, and people their account. */
export const renewDevice = () => alone(renew);

async function renew() {
  const known = device.get();
  if (!known || !supported()) return;
  if (known.owner !== owner()) {
    await leave();
    return;
  }
  const found = await (await registration()).pushManager.getSubscription();
  if (!isOn() || found?.endpoint === known.endpoint) return;
  await subscribe();
  await api(`me/push-subscriptions/${known.id}`, { method: 'DELETE' });
}

/** The switch for this device. */
export function DeviceSwitch() {
  const act = useAct();
  useStore(device);
  const able = supported();
  const on = able && isOn();
  const turn = () => act.run(async () => {
    await (on ? turnOff() : alone(turnOn));
    say(t(on ? 'push.off.done' : 'push.on.done'));
  });
  return html`<section class="card stack" aria-labelledby="push-title">
    <div class="between"><h2 id="push-title">${t('push')}</h2>
      ${on && html`<${Badge} tone="good">${t('push.isOn')}<//>`}</div>
    <p class="dim">${t(able ? 'push.words' : 'push.unsupported')}</p>
    <${Failure} error=${act.error} />
    ${able && html`<div class="row"><${Button} icon="bell" busy=${act.busy} onClick=${turn}>
      ${t(on ? 'push.off' : 'push.on')}<//></div>`}
  </section>`;
}
