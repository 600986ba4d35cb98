"""Figures for people."""

_STEPS = ("B", "KiB", "MiB", "GiB", "TiB")


def bytes_text(count: float) -> str:
    """Return bytes with two to four digits and a unit."""
    step = 0
    while count >= 1024 and step < len(_STEPS) - 1:
        count /= 1024
        step += 1
    digits = 0 if step == 0 or count >= 100 else 1
    return f"{count:.{digits}f} {_STEPS[step]}"


def seconds_text(seconds: float) -> str:
    """Return a time in the unit in which it has one to three digits before the point."""
    for factor, unit in ((1e6, "us"), (1e3, "ms")):
        if abs(seconds) * factor < 1000:
            return f"{seconds * factor:.1f} {unit}"
    return f"{seconds:.1f} s"
