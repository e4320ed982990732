/** T0's card: installs the app, with the reason why. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Offer, Offers } from '../tech/offer.ts'
import { Section } from '../tech/visit-sections.tsx'
import { factsOf, rememberInstalled, rememberLater, type Way, wayOf } from './installing.ts'
import { keepData } from './storage.ts'
import { useWords } from './words.ts'

export function Install({ offers }: { offers: Offers }): VNode | null {
  const [way, setWay] = useState<Way>(() => wayOf(factsOf(offers.last)))
  useEffect(() => {
    const look = () => setWay(wayOf(factsOf(offers.last)))
    const installed = () => {
      rememberInstalled()
      void keepData()
      look()
    }
    addEventListener('appinstalled', installed)
    offers.hear = look
    return () => {
      offers.hear = () => undefined
      removeEventListener('appinstalled', installed)
    }
  }, [offers])
  const later = () => {
    rememberLater()
    setWay({ kind: 'none' })
  }
  return way.kind === 'none' ? null : <InstallCard way={way} later={later} />
}

export function InstallCard({ way, later }: { way: Way; later(): void }): VNode {
  const words = useWords()
  // A browser's offer is good for one question; the answer "no" is a "later".
  const ask = async (offer: Offer) => {
    const { outcome } = await offer.prompt()
    if (outcome === 'dismissed') later()
  }
  return (
    <Section title={words.install}>
      <p>{words.install_why}</p>
      {way.kind === 'steps' && (
        <ol class="steps">
          <li>{words.install_share}</li>
          <li>{words.install_home}</li>
          <li>{words.install_open}</li>
        </ol>
      )}
      <p class="calls">
        {way.kind === 'button' && (
          <button type="button" class="btn main" onClick={() => void ask(way.offer)}>
            {words.install}
          </button>
        )}
        <button type="button" class="btn" onClick={later}>
          {words.later}
        </button>
      </p>
    </Section>
  )
}
