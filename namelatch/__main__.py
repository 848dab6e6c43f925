"""`python -m namelatch` is `namelatch`."""

from namelatch.cli import main

if __name__ == "__main__":
    main()
