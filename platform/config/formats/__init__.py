"""How Django itself writes dates and times, one module per language."""
