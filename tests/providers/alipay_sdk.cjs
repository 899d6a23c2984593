// Alipay's own SDK for node, asked line by line: one JSON request in, one JSON answer out.
const readline = require('node:readline')
const path = require('node:path')
const { AlipaySdk } = require('alipay-sdk')
// The two modules that sign and number certificates are not among the package's exports.
const inside = path.dirname(require.resolve('alipay-sdk'))
const { signatureV3 } = require(path.join(inside, 'util.js'))
const { getSN } = require(path.join(inside, 'antcertutil.js'))

const sdkOf = ({ account }) => new AlipaySdk({ ...account, camelcase: false, keyType: 'PKCS8' })

const acts = {
  sign: ({ content, key }) => signatureV3(content, key),
  is_notification: ({ account, fields }) => sdkOf({ account }).checkNotifySignV2(fields),
  ask: ({ account, method, content, urls }) =>
    sdkOf({ account }).exec(method, { bizContent: content, ...urls }, { validateSign: true }),
  page: ({ account, method, content, urls }) =>
    sdkOf({ account }).pageExecute(method, 'GET', { bizContent: content, ...urls }),
  number: ({ pem, root }) => getSN(pem, root),
}

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
