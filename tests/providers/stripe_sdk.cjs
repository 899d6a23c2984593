// Stripe's own SDK for node, asked line by line: one JSON request in, one JSON answer out.
const readline = require('node:readline')
const Stripe = require('stripe')

const { webhooks } = new Stripe('sk_test_of_nobody')
const acts = { header: (values) => webhooks.generateTestHeaderString(values) }

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const { act, ...values } = JSON.parse(line)
  let answer
  try {
    answer = { value: await acts[act](values) }
  } catch (error) {
    answer = { error: String(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
})
