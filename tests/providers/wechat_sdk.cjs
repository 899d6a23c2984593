// WeChat Pay's SDKs for node, asked line by line: one JSON request in, one JSON answer out.
const readline = require('node:readline')
const Aes = require('wechatpay-axios-plugin/lib/aes')
const Formatter = require('wechatpay-axios-plugin/lib/formatter')
const Rsa = require('wechatpay-axios-plugin/lib/rsa')
const NodeV3 = require('wechatpay-node-v3')

const acts = {
  sign: ({ text, key }) => Rsa.sign(text, Rsa.from(key)),
  sign_with_other_sdk: ({ text, key: privateKey }) =>
    Object.assign(Object.create(NodeV3.prototype), { privateKey }).sha256WithRsa(text),
  seal: ({ text, key, nonce, associated }) => Aes.AesGcm.encrypt(text, key, nonce, associated),
  response: ({ timestamp, nonce, body }) => Formatter.response(timestamp, nonce, body),
  is_request: ({ method, uri, timestamp, nonce, body, signature, key }) =>
    Rsa.verify(Formatter.request(method, uri, timestamp, nonce, body), signature,
      Rsa.from(key, 'public')),
  is_response: ({ timestamp, nonce, body, signature, key }) =>
    Rsa.verify(Formatter.response(timestamp, nonce, body), signature, Rsa.from(key, 'public')),
  is_paying: ({ terms, key }) =>
    Rsa.verify(Formatter.joinedByLineFeed(terms.appId, terms.timeStamp, terms.nonceStr,
      terms.package), terms.paySign, Rsa.from(key, 'public')),
  read_with_other_sdk: async ({ timestamp, nonce, body, signature, key, sealed_under }) => {
    NodeV3.certificates = { serial: key }
    const sdk = Object.create(NodeV3.prototype)
    const genuine = await sdk.verifySign({ timestamp, nonce, body, serial: 'serial', signature })
    const { ciphertext, associated_data: associated, nonce: iv } = JSON.parse(body).resource
    return genuine && sdk.decipher_gcm(ciphertext, associated, iv, sealed_under)
  },
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
