"""Let `python -m livsbana` do what the command `livsbana` does."""

from livsbana.cli.app import main

if __name__ == "__main__":
    main()
