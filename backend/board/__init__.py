"""The dispatcher's board: /board/, its state and its stream of pokes. Staff only."""
