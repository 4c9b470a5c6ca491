"""How it is shown: tables and figures, in Swedish and English."""
