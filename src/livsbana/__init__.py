"""Whole lives with and without prevention: what is avoided, for whom and when."""

import os

__version__ = "0.1.0"

# Matrices are small here: a second thread of the linear algebra library costs up to forty times what it gives when the
# cores are busy, and could change last bits. It reads this when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
