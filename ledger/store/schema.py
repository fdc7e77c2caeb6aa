"""Which tables a database has, and how it gets them: Alembic's migrations, run from inside."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

_LOCATION = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, branches: tuple[str, ...]) -> None:
    """Bring a database to the newest schema, within the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(_LOCATION).replace("%", "%%"))
    config.attributes["connection"] = connection
    for branch in branches:
        command.upgrade(config, f"{branch}@head")
