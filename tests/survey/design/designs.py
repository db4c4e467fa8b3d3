"""Designs to test with."""

from hypothesis import strategies as st

SEEDS = st.integers(0, 2**63 - 1)


def images_of(*sizes: int) -> dict[str, list[str]]:
    return {f"w{i}": [f"w{i}c{j}" for j in range(size)] for i, size in enumerate(sizes)}


@st.composite
def possible_designs(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=8))
    most = min(sum(sizes), 12)
    if max(sizes) + 1 > most:
        sizes.append(max(sizes))
        most = min(sum(sizes), 12)
    return images_of(*sizes), draw(st.integers(max(sizes) + 1, most))
