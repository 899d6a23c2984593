/** What is loaded anew for each wish; an answer that a newer wish overtook is dropped. */
import { useEffect, useState } from './dom.js';

/**
 * @param {string} key names the wish
 * @param {() => Promise<any>} load
 */
export function useLoad(key, load) {
  const [state, setState] = useState({ of: '', data: /** @type {any} */ (null), error: /** @type {any} */ (null) });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let live = true;
    setState((old) => ({ ...old, error: null }));
    load().then(
      (data) => live && setState({ of: key, data, error: null }),
      (error) => live && setState({ of: key, data: null, error }),
    );
    return () => {
      live = false;
    };
  }, [key, round]);
  const current = state.of === key;
  const data = current ? state.data : null;
  const error = current ? state.error : null;
  return {
    data,
    error,
    loading: !data && !error,
    retry: () => setRound((n) => n + 1),
    /** @param {(old: any) => any} change */
    change: (change) => setState((old) => ({ ...old, data: change(old.data) })),
  };
}
