"""The manager's page: what a community's manager sees and does in a browser."""
