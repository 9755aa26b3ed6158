"""What stood in a feed's last document, so that it is not read again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that may be empty; what is stored stays as it is."""
    op.add_column("feeds", sa.Column("seen_items", sa.LargeBinary(), nullable=True))
