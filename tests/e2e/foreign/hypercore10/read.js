// Open a feed's storage with Hypercore 10, verify it, and replicate it into a fresh feed.
//
//     node read.js DIR COPY [ENCODING]
//
// DIR holds the storage, COPY is where the fresh feed goes. Prints one line of JSON: key, length,
// how many blocks an audit does not find fault with, whether the signature over the roots
// verifies, the blocks as read from either feed (bytes as hex), and what went wrong.

const Hypercore = require('hypercore')

const REPLICATE_MS = 10000
const [dir, copy, valueEncoding = 'binary'] = process.argv.slice(2)

function plain (value) {
  return Buffer.isBuffer(value) ? value.toString('hex') : value
}

async function readAll (feed) {
  const blocks = []
  for (let i = 0; i < feed.length; i++) blocks.push(plain(await feed.get(i)))
  return blocks
}

// Every block arrives with a proof, which the fresh feed verifies against the key alone.
function replicate (feed, fresh) {
  return new Promise((resolve, reject) => {
    const ours = feed.replicate(true, { keepAlive: false })
    const theirs = fresh.replicate(false, { keepAlive: false })
    ours.on('error', reject)
    theirs.on('error', reject)
    setTimeout(() => reject(new Error('replication does not end')), REPLICATE_MS)
    ours.pipe(theirs).pipe(ours)
    fresh.download({ start: 0, end: feed.length }).done().then(resolve, reject)
  })
}

async function main () {
  const said = { problems: [] }
  const feed = new Hypercore(dir, { valueEncoding, createIfMissing: false })
  await feed.ready()
  Object.assign(said, { key: feed.key.toString('hex'), length: feed.length })
  said.writable = feed.writable
  said.blocks = await readAll(feed)
  const { tree, verifier } = feed.core
  said.signed = verifier.verify(tree.batch(), tree.signature)
  const faults = await feed.core.audit()
  said.valid = feed.length - faults.blocks - faults.tree
  said.copied = []
  if (said.valid < feed.length || !said.signed) return said
  const fresh = new Hypercore(copy, feed.key, { valueEncoding, compat: true })
  await fresh.ready()
  await replicate(feed, fresh).catch(error => said.problems.push(String(error)))
  if (!said.problems.length) said.copied = await readAll(fresh)
  return said
}

main().catch(error => ({ problems: [String(error)] })).then(said => {
  process.stdout.write(JSON.stringify(said), () => process.exit(0))
})
