// Open a feed's storage with Hypercore 9, verify it, and replicate it into a fresh feed.
//
//     node read.js DIR COPY [ENCODING]
//
// DIR holds the storage, COPY is where the fresh feed goes. Prints one line of JSON: key, length,
// how many blocks an audit finds valid, whether the signature over the roots verifies, the blocks
// as read from either feed (bytes as hex), and what went wrong.

const { promisify } = require('util')
const hypercore = require('hypercore')

const REPLICATE_MS = 10000
const [dir, copy, valueEncoding = 'binary'] = process.argv.slice(2)

function open (storage, key) {
  const feed = hypercore(storage, key, { valueEncoding })
  return promisify(feed.ready.bind(feed))().then(() => feed)
}

function plain (value) {
  return Buffer.isBuffer(value) ? value.toString('hex') : value
}

async function readAll (feed) {
  const get = promisify(feed.get.bind(feed))
  const blocks = []
  for (let i = 0; i < feed.length; i++) blocks.push(plain(await get(i)))
  return blocks
}

// Every block arrives with a proof, which the fresh feed verifies against the key alone.
function replicate (feed, fresh) {
  return new Promise((resolve, reject) => {
    const ours = feed.replicate(true, { live: true })
    const theirs = fresh.replicate(false, { live: true })
    ours.on('error', reject)
    theirs.on('error', reject)
    setTimeout(() => reject(new Error('replication does not end')), REPLICATE_MS)
    ours.pipe(theirs).pipe(ours)
    fresh.download({ start: 0, end: feed.length }, error => error ? reject(error) : resolve())
  })
}

async function main () {
  const said = { problems: [] }
  const feed = await open(dir)
  Object.assign(said, { key: feed.key.toString('hex'), length: feed.length })
  said.writable = feed.writable
  said.blocks = await readAll(feed)
  said.valid = (await promisify(feed.audit.bind(feed))()).valid
  const { signature } = await promisify(feed.signature.bind(feed))(feed.length - 1)
  said.signed = await promisify(feed.verify.bind(feed))(feed.length - 1, signature)
    .catch(error => { said.problems.push(String(error)); return false })
  said.copied = []
  if (said.valid < feed.length || !said.signed) return said
  const fresh = await open(copy, feed.key)
  await replicate(feed, fresh).catch(error => said.problems.push(String(error)))
  if (!said.problems.length) said.copied = await readAll(fresh)
  return said
}

main().catch(error => ({ problems: [String(error)] })).then(said => {
  process.stdout.write(JSON.stringify(said), () => process.exit(0))
})
