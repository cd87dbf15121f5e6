"""How far colours are apart for readers with normal and with other colour vision."""

# Linear RGB as it is seen with a missing kind of cones (Machado, Oliveira & Fernandes 2009, severity 1).
KINDS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
# OKLab (Ottosson 2020): linear sRGB to cones, and their cube roots to lightness and two opponents.
CONES = ((0.4122214708, 0.5363325363, 0.0514459929), (0.2119034982, 0.6806995451, 0.1073969566),
         (0.0883024619, 0.2817188376, 0.6299787005))
LAB = ((0.2104542553, 0.7936177850, -0.0040720468), (1.9779984951, -2.4285922050, 0.4505937099),
       (0.0259040371, 0.7827717662, -0.8086757660))


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector)) for row in matrix]


def linear(colour):
    """Linear RGB in [0, 1] of "#0a58b0"."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(colour, paper):
    """Of WCAG 2.1: 1 to 21."""
    light = sorted(0.05 + sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear(one))) for one in (colour, paper))
    return light[1] / light[0]


def lab(colour, kind):
    seen = [min(max(part, 0), 1) for part in times(KINDS[kind], linear(colour))]
    return [100 * part for part in times(LAB, [cone ** (1 / 3) for cone in times(CONES, seen)])]


def distance(a, b, kind):
    """Between two colours as they are seen, in hundredths of OKLab."""
    return sum((x - y) ** 2 for x, y in zip(lab(a, kind), lab(b, kind))) ** 0.5
