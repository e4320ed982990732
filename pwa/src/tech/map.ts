/** Links that open the phone's own map. */

/** `place` is "latitude,longitude" or an address; geo: is RFC 5870, with Android's `q`. */
export function mapUrl(place: string): string {
  return `geo:0,0?q=${encodeURIComponent(place)}`
}

/** The same for iPhones and iPads, which do not know geo:. */
export function appleMapUrl(geoUrl: string): string {
  return geoUrl.replace('geo:0,0?q=', 'maps:?q=')
}
