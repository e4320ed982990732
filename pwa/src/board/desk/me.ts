/** Who looks at the board, and what that person may do; the server decides all the same. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

/** As `Me` of `backend/auth/me.py`. */
export interface Me {
  email: string
  role: 'viewer' | 'dispatcher' | 'admin'
  /** Logged in here, with an account of Terrain's own: the way out is here too. */
  hasSession: boolean
}

/** null until the server said so. */
export const MeContext = createContext<Me | null>(null)

export function useMe(): Me | null {
  return useContext(MeContext)
}

/** Whether to offer what changes anything: nobody is shown a button that would be refused. */
export function useMayDecide(): boolean {
  const me = useMe()
  return me !== null && me.role !== 'viewer'
}
