"""A made-up site with a reception under way: what `gatekeeper demo` shows.

Everything in it is as in production (settings file, databases, drivers, journal, screens);
only the readers are simulated, by a program of its own that speaks their bytes. This room
may import every other and none imports it.
"""
