"""`python -m manager.cli` where the command is not installed."""

from manager.cli import main

if __name__ == "__main__":
    main()
