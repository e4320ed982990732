/** The page's policy (`require-trusted-types-for 'script'`) wants our own word for a script's URL. */

interface Policy {
  createScriptURL(url: string): string
}
interface PolicyMaker {
  createPolicy(name: string, rules: Policy): Policy
}

const OWN = /^\/(?:t\/sw|assets\/zxing[\w.-]*)\.js$/
let policy: Policy | undefined

/** The URL of a worker of ours, as `register` and `Worker` take it. Throws TypeError for others. */
export function trusted(url: string): string {
  const maker = (globalThis as { trustedTypes?: PolicyMaker }).trustedTypes
  policy ??= maker?.createPolicy('terrain', { createScriptURL: ownOnly }) ?? {
    createScriptURL: ownOnly,
  }
  return policy.createScriptURL(url)
}

function ownOnly(url: string): string {
  if (!OWN.test(url)) throw new TypeError('not a worker of ours')
  return url
}
