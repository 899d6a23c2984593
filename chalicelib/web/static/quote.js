/** The price as the server says it, asked again whenever the order changes. */
import { useEffect, useState } from './dom.js';
import { api } from './api.js';
import { language, t, known } from './i18n.js';
import { useStore } from './state.js';

/** @param {any} body what would be ordered; null while there is nothing to price */
export function useQuote(body) {
  const [state, setState] = useState(
    /** @type {{quote: Quote | null, error: any, of: string}} */ ({ quote: null, error: null, of: '' }),
  );
  const [round, setRound] = useState(0);
  const spoken = useStore(language);
  const wanted = body ? JSON.stringify(body) : '';
  useEffect(() => {
    if (!wanted) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api('quotes', { body: JSON.parse(wanted), signal: stop.signal }).then(
        (quote) => setState({ quote, error: null, of: wanted }),
        (error) => error.name !== 'AbortError' && setState((old) => ({ ...old, error, of: wanted })),
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [wanted, round, spoken]);
  const current = state.of === wanted;
  return {
    quote: state.quote,
    error: current ? state.error : null,
    fresh: current && !state.error,
    again: () => setRound((n) => n + 1),
  };
}

/** The problem of a quote in words. @param {QuoteProblem} problem */
export function wordsOf(problem) {
  const key = `quote.${problem.code}`;
  if (problem.code === 'out_of_stock' && (problem.available ?? 0) > 0) {
    return t('quote.only', { n: problem.available });
  }
  return known(key) ? t(key) : problem.detail ?? t('problem.other', { code: problem.code });
}

/** The problems beside the lines that they are about, and those about the whole order.
 * @param {Quote | null} quote */
export function sortProblems(quote) {
  /** @type {Map<number, string>} */
  const lines = new Map();
  /** @type {string[]} */
  const others = [];
  for (const problem of quote?.problems ?? []) {
    const match = /^\/line_items\/(\d+)/.exec(problem.pointer ?? '');
    if (match) lines.set(Number(match[1]), wordsOf(problem));
    else if (!/^\/fulfillment\/(address|table)/.test(problem.pointer ?? '')) others.push(wordsOf(problem));
  }
  return { lines, others };
}
