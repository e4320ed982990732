/** The words of a verdict's lines, in both languages: the board has room for them, a phone's day none. */
import { learnVerdicts } from '../../verdict/words.ts'
import en from '../../verdict/words-en.json?raw'
import fr from '../../verdict/words-fr.json?raw'

// As text: as modules they would be shared with the phone, which gets one language in one chunk.
learnVerdicts('fr', JSON.parse(fr))
learnVerdicts('en', JSON.parse(en))

export { checkText, reasonText } from '../../verdict/words.ts'
