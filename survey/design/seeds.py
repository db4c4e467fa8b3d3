"""What the designs are random from."""

# The same seed gives the same design, in another process and database too.
Seed = int | str
