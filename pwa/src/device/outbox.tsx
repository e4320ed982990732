/** What the outbox says beyond the technician's own lines: the way out by codes, and whose work waits. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { fill } from '../i18n/translator.ts'
import type { Replica, Snapshot } from '../sync/types.ts'
import { hasUnsent } from '../tech/item-state.ts'
import { Section } from '../tech/visit-sections.tsx'
import { Codes } from './codes.tsx'
import { type Other, others } from './others.ts'
import { useWords } from './words.ts'

export type OutboxProps = Pick<Replica, 'exportItems'> & { snapshot: Snapshot }

export function Outbox({ snapshot, exportItems }: OutboxProps): VNode {
  const [found, setFound] = useState<readonly Other[]>([])
  useEffect(() => void others(snapshot.technician).then(setFound, Boolean), [snapshot.technician])
  return (
    <>
      {hasUnsent(snapshot.items) && <Codes exportItems={exportItems} />}
      <OthersCard others={found} />
    </>
  )
}

export function OthersCard(props: { others: readonly Other[] }): VNode | null {
  const words = useWords()
  if (props.others.length === 0) return null
  return (
    <Section title={words.others}>
      {props.others.map(({ name, unsent }) => (
        <p key={name}>
          {fill(unsent === 1 ? words.others_one : words.others_many, {
            n: unsent,
            name: name || words.others_nameless,
          })}
        </p>
      ))}
      <p class="soft">{words.others_how}</p>
    </Section>
  )
}
