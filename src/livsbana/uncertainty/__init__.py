"""How sure: parameter draws and what they do to the answer."""
