"""The colours of the page. Every pair of ink and ground that the page uses reaches WCAG AA (a test counts it).

Meaning never hangs on colour alone: bars, solid line and dashed line differ in shape; tiles carry their numbers.
"""

import math

PAPER, CARD, LINE = "#faf7f1", "#ffffff", "#ddd5c7"
INK, SOFT_INK, ACCENT = "#1c2430", "#55606e", "#0d5573"
BANANA, CURVE, RUNNING = "#f0c043", "#0d5573", "#b3410e"
WARM = "#b3410e"  # at risk, and what went out

# One hue from paper to deep, by equal steps of lightness; the last three carry white ink.
SHADES = ("#f3efe6", "#dfe9ea", "#c2dae0", "#9cc6d2", "#317b98", "#1c698a", "#0d5573")
SHADE_INKS = (INK, INK, INK, INK, "#ffffff", "#ffffff", "#ffffff")


def shade(value: float, most: float) -> int:
    """Which of `SHADES` stands for a value from 0 to `most`: 0 for nothing, then by the square root, so that small
    values still differ."""
    if value <= 0 or most <= 0:
        return 0
    steps = len(SHADES) - 1
    return max(1, min(steps, round(math.sqrt(value / most) * steps)))
