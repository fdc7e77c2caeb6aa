// Fetch a torrent by its v1 infohash with webtorrent, which shares no code with libtorrent.
//
//     node fetch.js HOST:PORT INFOHASH DIRECTORY
//
// HOST:PORT is a node of the DHT, the only place where peers are looked up. Prints one line of
// JSON when all is there: the torrent's name and each file's path, length and SHA-256.

'use strict'

const { createHash } = require('crypto')
const { readFileSync } = require('fs')
const { join } = require('path')
const WebTorrent = require('webtorrent')

const [bootstrap, infohash, directory] = process.argv.slice(2)
const client = new WebTorrent({
  dht: { bootstrap: [bootstrap], host: '127.0.0.1' },
  lsd: false,
  natUpnp: false,
  natPmp: false,
  tracker: false,
  utp: false,
  webSeeds: false
})

function fail (error) {
  console.error(String(error))
  process.exit(1)
}

client.on('error', fail)
client.add(infohash, { path: directory }, torrent => {
  torrent.on('error', fail)
  torrent.on('done', () => {
    const files = torrent.files.map(file => ({
      path: file.path,
      length: file.length,
      sha256: createHash('sha256').update(readFileSync(join(directory, file.path))).digest('hex')
    }))
    console.log(JSON.stringify({ name: torrent.name, files }))
    client.destroy(() => process.exit(0))
  })
})
