/** Whose visit it is: found among those whom Terrain knows, or typed. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useAct, useDesk } from '../desk/desk.ts'
import { Fault } from '../desk/dialog.tsx'
import { Field } from '../desk/field.tsx'
import { useUi } from '../ui.tsx'
import { type Customer, chosen, type Known, TYPED, type Wanted } from './wanted.ts'

interface Props {
  wanted: Wanted
  change(changed: Partial<Wanted>): void
}

export function Whose({ wanted, change }: Props): VNode {
  const { w } = useUi()
  const [found, setFound] = useState<readonly Customer[] | null>(null)
  const { other, none } = w.desk.making
  return (
    <>
      <Search found={setFound} />
      {found?.length === 0 ? <p role="status">{none}</p> : null}
      {found?.length ? (
        <ul class="choices">
          {found.map((customer) => (
            <li key={customer.contact + customer.location}>
              <button
                type="button"
                aria-pressed={isChosen(wanted, customer)}
                onClick={() => change(chosen(customer))}
              >
                {[customer.name, customer.street, customer.town, customer.phone]
                  .filter(Boolean)
                  .join(' · ')}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {wanted.contact ? (
        <p>
          <button type="button" class="link" onClick={() => change(TYPED)}>
            {other}
          </button>
        </p>
      ) : null}
      <Typed wanted={wanted} change={change} />
    </>
  )
}

function isChosen(wanted: Wanted, { contact, location }: Customer): boolean {
  return wanted.contact === contact && wanted.location === location
}

function Search({ found }: { found(customers: readonly Customer[]): void }): VNode {
  const { w } = useUi()
  const desk = useDesk()
  const act = useAct()
  const [text, setText] = useState('')
  const look = (): Promise<boolean> =>
    act.run(async () => found((await desk.send<Known>('customers', { text })).customers))
  return (
    <search>
      <form
        class="filter"
        onSubmit={(event) => {
          event.preventDefault()
          void look()
        }}
      >
        <label>
          <span>{w.desk.making.search}</span>
          <input
            type="search"
            maxLength={80}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={act.busy || !text.trim()}>
          {w.desk.look.go}
        </button>
      </form>
      <Fault act={act} />
    </search>
  )
}

/** What is not known of the customer: all of one who is new, the place of one without visits. */
function Typed({ wanted, change }: Props): VNode {
  const { w } = useUi()
  const { name, phone, street, town, code } = w.desk.making
  const on = (field: keyof Wanted) => (value: string) => change({ [field]: value })
  return (
    <div class="form">
      {wanted.contact ? (
        <p class="wide">
          <b>{wanted.name}</b> {wanted.phone}
          {wanted.location ? ` · ${wanted.street}, ${wanted.town}` : ''}
        </p>
      ) : (
        <>
          <Field kind="text" label={name} value={wanted.name} onValue={on('name')} />
          <Field kind="text" label={phone} value={wanted.phone} onValue={on('phone')} />
        </>
      )}
      {wanted.location ? null : (
        <>
          <Field kind="text" label={street} value={wanted.street} onValue={on('street')} />
          <Field kind="text" label={town} value={wanted.town} onValue={on('town')} />
          <Field kind="text" label={code} value={wanted.postal_code} onValue={on('postal_code')} />
        </>
      )}
    </div>
  )
}
