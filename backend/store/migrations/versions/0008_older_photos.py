"""Photos that came before attachments were kept wait to be attached, too.

One that ERPNext has already is known there by its mutation's name: it is looked up, not sent again.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OLDER = """
INSERT INTO attachment (mutation, key, state, due_at, tries, error, created_at)
SELECT mutation.id, mutation.key, 'due', 0, 0, '', MIN(blob.complete_at)
FROM mutation
JOIN blob_reference ON blob_reference.mutation = mutation.id
JOIN blob ON blob.sha256 = blob_reference.sha256 AND blob.device = mutation.device
WHERE mutation.kind IN ('photo', 'signature')
  AND mutation.outcome NOT IN ('rejected', 'parked')
  AND blob.complete_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM attachment WHERE attachment.mutation = mutation.id)
GROUP BY mutation.id, mutation.key
"""


def upgrade() -> None:
    """Apply."""
    op.execute(_OLDER)


def downgrade() -> None:
    """Take back: what waits goes on waiting."""
