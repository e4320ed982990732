/** What the gestures that come after the day say in French. */
export const fr = {
  activation: 'Activation',
  activation_ask: "Demander l'activation",
  activation_again: "Redemander l'activation",
  activation_none: "Quand l'ONT est en place, demande au bureau d'activer la ligne.",
  asked: 'Demandée',
  granted: 'Activée',
  refused: 'Refusée',
  with_office: 'Le bureau a la demande.',
  said_by: '{by}\u00a0: {text}',
}
