// Read a BEP 44 mutable item with bittorrent-dht and verify its signature with TweetNaCl.
//
//     node read.js HOST:PORT PUBLIC_KEY [SALT]
//
// HOST:PORT is a node of the DHT; key and salt are hex. Prints one line of JSON: seq, the fields
// of the dictionary (byte strings as hex), and how many copies had a signature that holds.

import { createHash } from 'node:crypto'
import DHT from 'bittorrent-dht'
import nacl from 'tweetnacl'

const [bootstrap, keyHex, saltHex = ''] = process.argv.slice(2)
const key = Buffer.from(keyHex, 'hex')
const salt = Buffer.from(saltHex, 'hex')
const target = createHash('sha1').update(key).update(salt).digest()
let verified = 0

function verify (signature, message, publicKey) {
  const holds = publicKey.equals(key) && nacl.sign.detached.verify(message, signature, publicKey)
  verified += holds ? 1 : 0
  return holds
}

function plain (value) {
  return typeof value === 'number' ? value : Buffer.from(value).toString('hex')
}

const dht = new DHT({ bootstrap: [bootstrap], host: '127.0.0.1', verify })
dht.on('ready', () => {
  dht.get(target, salt.length ? { salt } : {}, (error, item) => {
    if (error || !item) {
      console.error(String(error || 'nobody stores it'))
      process.exit(1)
    }
    const fields = Object.entries(item.v).map(([name, value]) => [name, plain(value)])
    console.log(JSON.stringify({ seq: item.seq, fields: Object.fromEntries(fields), verified }))
    dht.destroy(() => process.exit(0))
  })
})
