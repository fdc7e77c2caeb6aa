"""What the member's and the manager's pages share: server, guard, login, looks, live changes."""
