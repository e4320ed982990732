/** A technician's day in one line: "31 gestes, 28 au dossier", and what is missing. */
import type { VNode } from 'preact'
import type { Proof } from '../state.ts'
import { Mark, useUi } from '../ui.tsx'

interface Props {
  proof: Proof | undefined
  /** What his phones said that they still hold. */
  onDevice: number
}

export function ProofLine({ proof, onDevice }: Props): VNode {
  const { w } = useUi()
  const { none, all, some, waiting, refused, onDevice: held } = w.desk.proof
  const still = onDevice > 0 ? <small>{held(onDevice)}</small> : null
  if (!proof) {
    return (
      <>
        <span class="soft">{none}</span>
        {still}
      </>
    )
  }
  const left = proof.told - proof.filed - proof.refused
  const whole = left === 0 && proof.refused === 0 && onDevice === 0
  return (
    <>
      <Mark tone={proof.refused ? 'error' : whole ? 'ok' : 'pending'}>
        {whole ? all(proof.told) : some(proof.told, proof.filed)}
      </Mark>
      {left > 0 ? <small>{waiting(left)}</small> : null}
      {proof.refused > 0 ? <small>{refused(proof.refused)}</small> : null}
      {still}
    </>
  )
}
