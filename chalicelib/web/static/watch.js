/** Live data: asks again at the server's pace, sends what it has, rests while nobody looks. */
import { useCallback, useEffect, useRef, useState } from './dom.js';
import { Problem, call } from './api.js';
import { language } from './i18n.js';
import { useStore } from './state.js';

const SLOWEST_MS = 60_000;

/**
 * @param {string | null} path nothing is asked while it is null
 * @param {ApiOptions & {everyMs?: number, slowestMs?: number}} [options]
 * @returns {Watched}
 */
export function useWatch(path, options = {}) {
  const [state, setState] = useState(/** @type {WatchState} */ ({ data: null, error: null, at: 0 }));
  const etag = useRef(/** @type {string | null} */ (null));
  const again = useRef(() => {});
  const spoken = useStore(language);
  const { everyMs = 15_000, slowestMs = SLOWEST_MS, guest } = options;

  useEffect(() => {
    if (!path) return undefined;
    let live = true;
    let failures = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    etag.current = null;

    /** @param {number} delay */
    const plan = (delay) => {
      clearTimeout(timer);
      if (live && !document.hidden) timer = setTimeout(ask, delay);
    };
    const ask = async () => {
      clearTimeout(timer);
      let delay = everyMs;
      try {
        const answer = await call(path, { ...options, etag: etag.current ?? undefined });
        if (!live) return;
        failures = 0;
        delay = answer.pollAfter ? answer.pollAfter * 1000 : everyMs;
        if (answer.status !== 304) etag.current = answer.etag;
        setState((old) => ({
          data: answer.status === 304 ? old.data : answer.data,
          error: null,
          at: Date.now(),
        }));
      } catch (error) {
        if (!live) return;
        failures += 1;
        delay = Math.min(slowestMs, everyMs * 2 ** failures * (0.75 + Math.random() / 2));
        setState((old) => ({ ...old, error: /** @type {Problem} */ (error) }));
      }
      plan(delay);
    };
    const wake = () => void (document.hidden ? clearTimeout(timer) : ask());

    again.current = ask;
    setState((old) => ({ ...old, error: null }));
    ask();
    document.addEventListener('visibilitychange', wake);
    addEventListener('online', wake);
    return () => {
      live = false;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', wake);
      removeEventListener('online', wake);
    };
  }, [path, guest, everyMs, slowestMs, spoken]);

  const refresh = useCallback(() => again.current(), []);
  const replaceData = useCallback((/** @type {any} */ data) => {
    etag.current = null;
    setState({ data, error: null, at: Date.now() });
  }, []);
  return { ...state, loading: !state.data && !state.error, refresh, replaceData };
}
