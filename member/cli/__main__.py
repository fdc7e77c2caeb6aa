"""`python -m member.cli` where the command is not installed."""

from member.cli import main

if __name__ == "__main__":
    main()
