/** The photos of a visit: what each must show, where it stands, and the next one under one button. */
import type { VNode } from 'preact'
import { fill } from '../i18n/translator.ts'
import { Sign } from '../tech/frame.tsx'
import { useUi } from '../tech/ui.ts'
import { Section, State } from '../tech/visit-sections.tsx'
import type { WorkSection } from '../tech/with-work.tsx'
import { Shot } from './shot.tsx'
import { type Photo, photosOf, SLOTS, slotWord } from './slots.ts'
import { useWords } from './words.ts'

export function Photos({ view, snapshot, locked }: WorkSection): VNode | null {
  const { keep } = useUi()
  const words = useWords()
  const { key } = view.card
  const { taken, next, required } = photosOf(snapshot.rows.get(key) ?? {}, snapshot.items)
  if (locked && taken.length === 0) return null
  const take = (slot: string) => (photo: Blob) =>
    void keep({ kind: 'photo', key, args: { slot }, blobs: [photo] })
  return (
    <Section title={words.photos} aside={<Count taken={taken.length} required={required} />}>
      <Waiting count={taken.filter(({ waiting }) => waiting).length} />
      <ul>
        {taken.map((photo) => (
          <Line key={photo.id} photo={photo} />
        ))}
      </ul>
      {!locked && (
        <div class="calls stack">
          <a href={`#/${key}/photos`}>
            <Sign name="scan" />
            {words.burst}
          </a>
          {next && <Shot take={take(next)}>{fill(words.photo_of, { what: words[next] })}</Shot>}
          <Others left={SLOTS.filter((slot) => slot !== next)} take={take} />
        </div>
      )}
    </Section>
  )
}

function Count({ taken, required }: { taken: number; required: number }): VNode | null {
  const words = useWords()
  if (!required) return null
  const tone = taken < required ? 'pending' : 'ok'
  return (
    <span class={tone}>
      {fill(required === 1 ? words.photo_required : words.photos_required, {
        n: taken,
        of: required,
      })}
    </span>
  )
}

// Their gestures may be received long before their bytes are.
function Waiting({ count }: { count: number }): VNode | null {
  const words = useWords()
  if (!count) return null
  const said = count === 1 ? words.photos_wait_one : words.photos_wait
  return (
    <p class="state pending">
      <Sign name="clock" />
      {fill(said, { n: count })}
    </p>
  )
}

function Line({ photo }: { photo: Photo }): VNode {
  const words = useWords()
  return (
    <li class="line">
      <b>{slotWord(words, photo.slot)}</b>
      {photo.waiting && <span class="pending">{words.photo_waits}</span>}
      <State state={photo.state} />
    </li>
  )
}

function Others(props: {
  left: readonly (typeof SLOTS)[number][]
  take(slot: string): (photo: Blob) => void
}): VNode {
  const words = useWords()
  return (
    <details>
      <summary>{words.photos_others}</summary>
      <div class="usual">
        {props.left.map((slot) => (
          <Shot key={slot} take={props.take(slot)}>
            {words[slot]}
          </Shot>
        ))}
      </div>
    </details>
  )
}
