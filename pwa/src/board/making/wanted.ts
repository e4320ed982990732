/** What the office says of a visit that it makes, and the request that follows from it. */

/** A customer at one of his places, as `backend/store/customers.py` says it. */
export interface Customer {
  contact: string
  name: string
  phone: string
  location: string
  street: string
  town: string
}

export interface Known {
  customers: Customer[]
  types: string[]
}

export interface Wanted {
  technician: string
  day: string
  start: string
  end: string
  type: string
  contact: string
  location: string
  name: string
  phone: string
  street: string
  town: string
  postal_code: string
  notes: string
}

/** What tells one visit from another, whatever else is said of it. */
export interface Stamp {
  id: string
  made_at: number
}

export const BLANK: Wanted = {
  technician: '',
  day: '',
  start: '',
  end: '',
  type: '',
  contact: '',
  location: '',
  name: '',
  phone: '',
  street: '',
  town: '',
  postal_code: '',
  notes: '',
}

/** The form for a customer who is known: what is known is not typed. */
export function chosen({
  contact,
  location,
  name,
  phone,
  street,
  town,
}: Customer): Partial<Wanted> {
  return { contact, location, name, phone, street, town, postal_code: '' }
}

/** The form for one who is not. */
export const TYPED: Partial<Wanted> = {
  contact: '',
  location: '',
  name: '',
  phone: '',
  street: '',
  town: '',
  postal_code: '',
}

/** A `NewVisit` of `backend/board/making/visit.py`: what is known goes by its key alone. */
export function asked(wanted: Wanted, stamp: Stamp): Record<string, unknown> {
  const { contact, location } = wanted
  const person = contact ? { name: '', phone: '' } : {}
  const place = location ? { street: '', town: '', postal_code: '' } : {}
  return { ...wanted, ...person, ...place, ...stamp }
}
