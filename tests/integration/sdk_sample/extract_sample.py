"""Writes the sample plugin in a header's comment as a source file.   usage: extract_sample.py HEADER SOURCE"""

import pathlib
import re
import sys

header, source = map(pathlib.Path, sys.argv[1:])
blocks = re.findall(r"(?:^///     .*\n|^///\n)+", header.read_text(), re.M)
samples = [block for block in blocks if "ASSAY_PLUGINS(" in block]
if len(samples) != 1:
    sys.exit(f"{header} holds {len(samples)} samples that end with ASSAY_PLUGINS(...); expected 1")
source.write_text(re.sub(r"^///(     )?", "", samples[0], flags=re.M))
